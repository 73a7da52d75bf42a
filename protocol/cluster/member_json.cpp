#include "protocol/cluster/member_json.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "protocol/json/excerpt.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

namespace {

constexpr std::size_t max_name = 64;   // bytes
constexpr std::size_t max_host = 255;  // bytes

// Names and addresses are written unchanged to logs, metrics and terminals.
bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_address(std::string_view text) {
  const auto parts = split_host_port(text);
  return is_plain(text) && parts && !parts->host.empty() && parts->host.size() <= max_host &&
         parts->port.value_or(0) != 0;
}

}  // namespace

member read_member(object_reader& from) {
  member found;
  found.uuid = from.hex("uuid");
  found.name = from.text("name");
  if (!is_plain(found.name) || found.name.size() > max_name)
    from.refuse(errc::wrong_value, "name", "1 to 64 printable ASCII characters without spaces", excerpt(found.name));
  found.address = from.text("address");
  if (!is_address(found.address))
    from.refuse(errc::wrong_value, "address", "host:port", excerpt(found.address));
  found.started = from.number("started", std::numeric_limits<std::uint64_t>::max());
  return found;
}

nlohmann::ordered_json to_json(const member& who) {
  return {{"uuid", who.uuid}, {"name", who.name}, {"address", who.address}, {"started", who.started}};
}

}  // namespace ability
