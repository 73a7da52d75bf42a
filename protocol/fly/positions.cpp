#include "protocol/fly/positions.hpp"

#include <array>
#include <boost/endian/conversion.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "protocol/fly/read_position_json.hpp"
#include "protocol/history/position_json.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/object_reader.hpp"

namespace ability::fly {

void append_position(std::string& out, const std::optional<stream_position>& at) {
  const auto which = at.value_or(stream_position{});
  std::array<unsigned char, position_size> bytes{};
  boost::endian::store_big_u64(bytes.data(), which.epoch);
  boost::endian::store_big_u64(bytes.data() + 8, which.offset);
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::optional<positioned> split_position(std::string_view buffer) {
  if (buffer.size() < position_size)
    return std::nullopt;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(buffer.data());
  const stream_position at{boost::endian::load_big_u64(bytes), boost::endian::load_big_u64(bytes + 8)};
  return positioned{at.offset == 0 ? std::nullopt : std::optional{at}, buffer.substr(position_size)};
}

std::string encode_beginning(const beginning& what) {
  std::string out = R"({"positions":[)";
  for (const auto& each : what.positions) {
    if (&each != what.positions.data())
      out += ',';
    append_position_json(out, each.at);
    out.back() = ',';
    out.append(R"("last":)").append(std::to_string(each.last)) += '}';
  }
  out += ']';
  if (what.completes)
    out.append(R"(,"history":)").append(*what.completes ? "true" : "false");
  return out += '}';
}

result<beginning> decode_beginning(std::string_view buffer) {
  using nlohmann::json;
  const auto document = json::parse(buffer, nullptr, false);
  if (document.is_discarded())
    return fault{errc::malformed_json, "a Confirm is JSON, found " + excerpt(buffer)};
  object_reader fields{document, ""};
  beginning out;
  if (const auto* found = fields.optional(
          "positions", [](const json& value) { return value.is_array(); }, "an array"))
    for (const auto& each : *found) {
      const auto at = read_position_json(each, "positions");
      if (!at)
        return at.error();
      object_reader more{each, "positions"};
      const bool has_last = each.contains("last");
      out.positions.push_back(
          {*at, has_last ? more.number("last", std::numeric_limits<std::uint64_t>::max()) : at->offset});
      if (more.failed())
        return more.failure();
    }
  if (const auto* found = fields.optional(
          "history", [](const json& value) { return value.is_boolean(); }, "a boolean"))
    out.completes = found->get<bool>();
  if (fields.failed())
    return fields.failure();
  return out;
}

}  // namespace ability::fly
