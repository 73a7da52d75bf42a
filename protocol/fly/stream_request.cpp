#include "protocol/fly/stream_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "protocol/json_text.hpp"
#include "protocol/utf8.hpp"

namespace ability::fly {

namespace {

using nlohmann::json;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// `<base64>--<digest>`: no name that somebody chose looks like that by accident.
bool looks_signed(std::string_view name) {
  static constexpr std::size_t shortest_digest = 40;
  const auto mark = name.rfind("--");
  if (mark == std::string_view::npos || mark == 0)
    return false;
  const auto digest = name.substr(mark + 2);
  return digest.size() >= shortest_digest && std::ranges::all_of(digest, is_hex);
}

// The text of a JSON string; any other value as it stands there.
std::string text_of(std::string_view value) {
  if (!value.starts_with('"'))
    return std::string{value};
  return json::parse(value, nullptr, false).get<std::string>();
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
  if (!validate_json(transmission) || transmission.find('{') != transmission.find_first_not_of(" \t\r\n"))
    return untranslatable{};
  const auto identifier = json_member(transmission, "identifier");
  if (!identifier.starts_with('"'))
    return untranslatable{};
  const auto type = json_member(transmission, "type");
  if (type == R"("confirm_subscription")")
    return confirmation{text_of(identifier)};
  if (type == R"("reject_subscription")")
    return rejection{text_of(identifier)};
  const auto message = json_member(transmission, "message");
  if (message.empty())
    return untranslatable{};
  return channel_message{text_of(identifier), text_of(message)};
}

}  // namespace ability::fly
