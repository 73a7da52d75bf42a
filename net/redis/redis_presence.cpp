#include "net/redis/redis_presence.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/stream/presence/member_list.hpp"
#include "actors/stream/presence/messages.hpp"
#include "protocol/presence/presence_messages.hpp"
#include "protocol/redis_presence/presence_answers.hpp"

namespace ability {

namespace {

constexpr std::size_t most_scanned = 256;  // members that are asked for at a time

}  // namespace

// Orders on their way.
class redis_presence::applying final : public redis_order {
public:
  applying(redis_presence& store, presence_keys keys, std::vector<member_order> orders, applied then)
      : store_{store}, keys_{std::move(keys)}, orders_{std::move(orders)}, then_{std::move(then)} {}

  std::string command(const redis_server_info&, const redis_attempt& how) override {
    return presence_command(keys_, store_.bounds(), orders_, how.form);
  }

  void answered(redis_result<redis_value> reply, const redis_attempt&) override {
    then_(store_.read(keys_, orders_.size(), reply));
  }

  std::size_t size() const override {
    auto all = sizeof *this;
    for (const auto& each : orders_)
      all += sizeof each + each.sid.size() + (each.as == nullptr ? 0 : each.as->id.size() + each.as->info.size());
    return all;
  }

private:
  redis_presence& store_;
  const presence_keys keys_;
  const std::vector<member_order> orders_;
  const applied then_;
};

redis_presence::redis_presence(lane_home& home, std::string prefix, int database, redis_servers& to)
    : home_{home}, prefix_{std::move(prefix)}, database_{database}, to_{to} {}

void redis_presence::connected() { trusted_from_ = home_.here.now() + distrust; }

// -- orders ---

void redis_presence::apply(const std::string& stream, std::vector<member_order> orders, stream_actor who) {
  const auto answer = [who = std::move(who)](redis_result<members_applied> outcome) {
    caf::anon_send(who, members_answered{std::move(outcome)});
  };
  if (const auto why = to_.refuses())
    return answer(redis_error{*why});
  send({prefix_, stream, database_}, std::move(orders), answer);
}

void redis_presence::send(presence_keys keys, std::vector<member_order> orders, applied then) {
  const auto who = keys.who;
  to_.send(who, std::make_shared<applying>(*this, std::move(keys), std::move(orders), std::move(then)));
}

redis_result<members_applied> redis_presence::read(const presence_keys& keys, std::size_t orders,
                                                   const redis_result<redis_value>& reply) {
  if (const auto* const error = std::get_if<redis_error>(&reply))
    return note(keys, *error);
  auto read = read_applied(std::get<redis_value>(reply), orders);
  if (auto* const error = std::get_if<redis_error>(&read))
    return note(keys, std::move(*error));
  auto& got = std::get<presence_applied>(read);
  if (got.refused) {
    home_.counters.redis.failed[static_cast<std::size_t>(got.refused->why)].add();
    to_.complain(*got.refused);
    note(keys, *got.refused);
  }
  return std::move(got.done);
}

presence_bounds redis_presence::bounds() const {
  const auto& how = home_.settings.presence;
  return {.lease = lease_of(how),
          .max_members = how.max_members,
          .max_sessions = how.max_members * member_list::sessions_per_member,
          .sharded = to_.is_sharded()};
}

// -- lists ---

void redis_presence::list(const std::string& stream, std::size_t max_bytes, stream_actor who) {
  if (const auto why = to_.refuses()) {
    caf::anon_send(who, members_listed{redis_error{*why}});
    return;
  }
  auto what = std::make_shared<reading>(reading{{prefix_, stream, database_}, max_bytes, std::move(who)});
  std::vector<member_order> first;
  if (home_.here.now() >= trusted_from_)
    first.push_back({.what = member_order::kind::expire});
  const auto then = [this, what](const redis_result<members_applied>& outcome) {
    if (const auto* const error = std::get_if<redis_error>(&outcome)) {
      caf::anon_send(what->who, members_listed{*error});
      return;
    }
    const auto& applied = std::get<members_applied>(outcome);
    what->content.total = applied.total;
    for (const auto& each : applied.results)
      what->content.expired += each.left;
    if (what->max_bytes == 0 || applied.total == 0)
      finish(*what);
    else
      scan(what, "0");
  };
  send(what->keys, std::move(first), then);
}

void redis_presence::scan(const std::shared_ptr<reading>& what, const std::string& cursor) {
  const auto count = std::clamp<std::size_t>(scan_size / home_.settings.presence.max_info, 1, most_scanned);
  to_.send(what->keys.who, scan_command(what->keys, cursor, count),
           [this, what](const redis_result<redis_value>& reply) { take(what, reply); });
}

void redis_presence::take(const std::shared_ptr<reading>& what, const redis_result<redis_value>& reply) {
  redis_result<scanned_members> read = redis_error{};
  if (const auto* const error = std::get_if<redis_error>(&reply))
    read = *error;
  else
    read = read_scanned(std::get<redis_value>(reply));
  if (auto* const error = std::get_if<redis_error>(&read)) {
    caf::anon_send(what->who, members_listed{note(what->keys, std::move(*error))});
    return;
  }
  auto& part = std::get<scanned_members>(read);
  for (auto& each : part.members) {
    const auto bytes = each.id.size() + each.info.size() + presence_record_bytes;
    auto id = each.id;
    if (what->members.insert_or_assign(std::move(id), std::move(each)).second)
      what->bytes += bytes;
  }
  what->content.is_cut = part.cursor != "0";
  if (what->content.is_cut && what->bytes <= what->max_bytes)
    scan(what, part.cursor);
  else
    finish(*what);
}

void redis_presence::finish(reading& what) {
  auto& content = what.content;
  if (what.max_bytes > 0 && !content.is_cut)
    content.total = what.members.size();
  content.members.reserve(what.members.size());
  for (auto& [id, each] : what.members)
    content.members.push_back(std::move(each));
  caf::anon_send(what.who, members_listed{std::move(content)});
}

redis_error redis_presence::note(const presence_keys& keys, redis_error why) const {
  to_.leave_if_wrong(keys.who, why.why, "an order for members");
  return why;
}

}  // namespace ability
