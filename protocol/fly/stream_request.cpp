#include "protocol/fly/stream_request.hpp"

#include <algorithm>
#include <utility>

#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace {

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

}  // namespace

result<std::string> identifier_of(std::string_view buffer) {
  if (buffer.empty())
    return fault{errc::empty_value, "a Subscribe names a stream"};
  if (!is_utf8(buffer))
    return fault{errc::invalid_utf8, "a stream's name is UTF-8"};
  if (buffer.starts_with('{'))
    return std::string{buffer};
  std::string identifier = R"({"channel":"$pubsub",")";
  identifier += looks_signed(buffer) ? "signed_stream_name" : "stream_name";
  identifier += R"(":)";
  append_json_string(identifier, buffer);
  return identifier += '}';
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
