#include "protocol/fly/stream_request.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/fly/read_position_json.hpp"
#include "protocol/history/position_json.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/json/object_reader.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace {

using nlohmann::json;

constexpr std::string_view whitespace = " \t\r\n";
constexpr const char* since_forms = "a time in seconds, a position or an array of positions";

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// `<base64>--<digest>`: unlikely to occur in an unsigned name.
bool looks_signed(std::string_view name) {
  static constexpr std::size_t shortest_digest = 40;
  const auto mark = name.rfind("--");
  if (mark == std::string_view::npos || mark == 0)
    return false;
  const auto digest = name.substr(mark + 2);
  return digest.size() >= shortest_digest && std::ranges::all_of(digest, is_hex);
}

// The characters of a JSON string; any other value, and a string with a lone surrogate, unchanged.
std::string text_of(std::string_view value) {
  auto text = value.starts_with('"') ? decode_json_string(value) : std::nullopt;
  return text ? std::move(*text) : std::string{value};
}

// True if the first key is `subscribe`, spelled so.
bool is_wrapped(std::string_view buffer) {
  if (!buffer.starts_with('{'))
    return false;
  const auto key = buffer.find_first_not_of(whitespace, 1);
  return key != std::string_view::npos && buffer.substr(key).starts_with(R"("subscribe")");
}

// A Unix time in whole seconds. A fraction is cut off: the request then asks for more, not for less.
std::optional<std::int64_t> time_of(const json& value) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max() / 1'000;
  if (value.is_number_unsigned())
    return static_cast<std::int64_t>(std::min(value.get<std::uint64_t>(), std::uint64_t{most}));
  if (!value.is_number_float() || value.get<double>() < 0)
    return std::nullopt;
  return value.get<double>() < static_cast<double>(most) ? static_cast<std::int64_t>(value.get<double>()) : most;
}

// Positions of one client; none asks for nothing. Not copied, as copies of nested values recurse.
result<std::optional<history_request>> positions_of(std::span<const json> all) {
  history_request out{.is_valid = true};
  for (const auto& each : all) {
    const auto at = read_position_json(each, "since");
    if (!at)
      return at.error();
    out.unnamed.push_back(*at);
  }
  if (out.unnamed.empty())
    return std::optional<history_request>{};
  std::ranges::sort(out.unnamed, {}, &stream_position::epoch);
  if (std::ranges::adjacent_find(out.unnamed, {}, &stream_position::epoch) != out.unnamed.end())
    return fault{errc::wrong_value, "\"since\" must have one position of an epoch, found two"};
  return std::optional{std::move(out)};
}

result<std::optional<history_request>> since_of(const json& value) {
  if (const auto time = time_of(value))
    return std::optional{history_request{.is_valid = true, .since = time}};
  if (value.is_array())
    return positions_of(value.get_ref<const json::array_t&>());
  if (value.is_object())
    return positions_of({&value, 1});
  return fault{errc::wrong_type, std::string{"\"since\" must be "} + since_forms + ", found " + excerpt(value.dump())};
}

}  // namespace

result<std::string> identifier_of(std::string_view name) {
  if (name.empty())
    return fault{errc::empty_value, "a Subscribe names a stream"};
  if (!is_utf8(name))
    return fault{errc::invalid_utf8, "a stream's name is UTF-8"};
  if (name.starts_with('{'))
    return std::string{name};
  std::string identifier = R"({"channel":"$pubsub",")";
  identifier += looks_signed(name) ? "signed_stream_name" : "stream_name";
  identifier += R"(":)";
  append_json_string(identifier, name);
  return identifier += '}';
}

result<stream_request> read_stream_request(std::string_view buffer) {
  stream_request out{.identifier = {}, .is_wrapped = is_wrapped(buffer)};
  std::string name{buffer};
  if (out.is_wrapped) {
    const auto document = json::parse(buffer, nullptr, false);
    if (document.is_discarded())
      return fault{errc::malformed_json, "a wrapped Subscribe is JSON, found " + excerpt(buffer)};
    object_reader fields{document, ""};
    name = fields.text("subscribe");
    if (fields.failed())
      return fields.failure();
    if (const auto since = document.find("since"); since != document.end() && !since->is_null()) {
      auto read = since_of(*since);
      if (!read)
        return read.error();
      out.since = std::move(*read);
    }
  }
  auto identifier = identifier_of(name);
  if (!identifier)
    return identifier.error();
  out.identifier = std::move(*identifier);
  return out;
}

std::string encode_stream_request(std::string_view name, std::span<const stream_position> since,
                                  std::optional<std::int64_t> time) {
  std::string out = R"({"subscribe":)";
  append_json_string(out, name);
  for (const auto& each : since) {
    out += &each == since.data() ? R"(,"since":[)" : ",";
    append_position_json(out, each);
  }
  if (!since.empty())
    out += ']';
  else if (time)
    out.append(R"(,"since":)").append(std::to_string(*time));
  return out += '}';
}

std::string too_long_notice(std::size_t size, std::size_t most) {
  return "a message of " + std::to_string(size) + " bytes is over " + std::to_string(most);
}

std::variant<confirmation, rejection, channel_message, untranslatable> translate(std::string_view transmission) {
  json_field identifier{"identifier"};
  json_field type{.key = "type", .raw_only = true};
  json_field message{.key = "message", .raw_only = true};
  json_field* const fields[] = {&identifier, &type, &message};
  if (!read_object(transmission, "a transmission", fields) || identifier.kind != json_kind::string)
    return untranslatable{};
  if (type.raw == R"("confirm_subscription")")
    return confirmation{std::move(identifier.text)};
  if (type.raw == R"("reject_subscription")")
    return rejection{std::move(identifier.text)};
  if (message.kind == json_kind::absent)
    return untranslatable{};
  return channel_message{std::move(identifier.text), text_of(message.raw)};
}

}  // namespace ability::fly
