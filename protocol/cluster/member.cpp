#include "protocol/cluster/member.hpp"

#include <nlohmann/json.hpp>

#include "protocol/auth/secret.hpp"
#include "protocol/cluster/member_json.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_text.hpp"

namespace ability {

namespace {

constexpr std::size_t uuid_size = 32;

}  // namespace

std::string encode_members(const std::vector<member>& members) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& each : members)
    out.push_back(to_json(each));
  return to_text(out);
}

result<std::vector<member>> decode_members(std::string_view json) {
  if (const auto valid = validate_json(json); !valid)
    return valid.error();
  // Parentheses: braces would make it an array of one.
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_discarded())
    return fault{errc::malformed_json, "a list of members holds half a surrogate pair, or a number out of range"};
  if (!list.is_array())
    return fault{errc::wrong_type, "members must be an array, found " + excerpt(json)};
  // Two full halves of a split cluster may meet, with some members also listed under an old uuid.
  constexpr auto most = 4 * max_members;
  if (list.size() > most)
    return fault{errc::too_large,
                 std::to_string(list.size()) + " members are more than the " + std::to_string(most) + " allowed"};
  std::vector<member> out;
  out.reserve(list.size());
  for (const auto& each : list) {
    object_reader reader{each, "member " + std::to_string(out.size())};
    out.push_back(read_member(reader));
    if (reader.failed())
      return reader.failure();
  }
  return out;
}

std::string make_uuid() {
  // Hex form of the same randomness.
  return derive_key(random_id(), "uuid").substr(0, uuid_size);
}

}  // namespace ability
