#include "protocol/redis_presence/presence_commands.hpp"

#include <array>

#include "protocol/redis/redis_words.hpp"
#include "protocol/redis_presence/presence_script.hpp"

namespace ability {

namespace {

constexpr std::size_t usual_order = 256;  // bytes, with the words around it

std::string_view word_of(member_order::kind what) {
  constexpr std::array<std::string_view, 6> names{"join", "keep", "gone", "leave", "renew", "expire"};
  return names[static_cast<std::size_t>(what)];
}

}  // namespace

std::string presence_command(const presence_keys& keys, const presence_bounds& bounds,
                             const std::vector<member_order>& orders, script_form form) {
  redis_words words{10 + 5 * orders.size(), (2 + orders.size()) * usual_order};
  add_script(words, presence_script(), form);
  words.add(2U).add(keys.who).add(keys.due);
  words.add(bounds.sharded ? "SPUBLISH" : "PUBLISH").add(keys.channel);
  words.add(bounds.lease).add(bounds.max_members).add(bounds.max_sessions);
  static const presence_request nobody;
  for (const auto& each : orders) {
    const auto& as = each.as == nullptr ? nobody : *each.as;
    const bool has_info = each.what != member_order::kind::renew && each.what != member_order::kind::leave;
    words.add(word_of(each.what)).add(each.sid).add(as.id).add(has_info ? as.info : std::string{});
    words.add(each.ttl);
  }
  return words.take();
}

std::string scan_command(const presence_keys& keys, std::string_view cursor, std::size_t count) {
  redis_words words{5, keys.who.size() + cursor.size()};
  return words.add("HSCAN").add(keys.who).add(cursor).add("COUNT").add(count).take();
}

}  // namespace ability
