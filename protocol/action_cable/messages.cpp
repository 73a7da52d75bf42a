#include "protocol/action_cable/messages.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "protocol/history/position_json.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"

namespace ability {
namespace {

std::optional<command_type> command_named(std::string_view name) noexcept {
  constexpr std::array<std::pair<std::string_view, command_type>, 10> commands{{
      {"subscribe", command_type::subscribe},
      {"unsubscribe", command_type::unsubscribe},
      {"message", command_type::message},
      {"whisper", command_type::whisper},
      {"history", command_type::history},
      {"presence", command_type::presence},
      {"join", command_type::join},
      {"leave", command_type::leave},
      {"ping", command_type::ping},
      {"pong", command_type::pong},
  }};
  for (const auto& [known, type] : commands) {
    if (known == name) {
      return type;
    }
  }
  return std::nullopt;
}

// True if `text` is a welcome, whose `field` is then read.
bool read_welcome(std::string_view text, json_field& field) {
  json_field type{.key = "type", .raw_only = true};
  json_field* const fields[] = {&type, &field};
  return read_object(text, "a welcome", fields) && type.raw == R"("welcome")";
}

std::string about_subscription(std::string_view type, std::string_view identifier) {
  std::string out;
  out.reserve(48 + type.size() + identifier.size() * 9 / 8);
  out.append(R"({"type":")").append(type).append(R"(","identifier":)");
  append_json_string(out, identifier);
  out += '}';
  return out;
}

// Nothing is refused here: the command is answered once it is known whether there is presence.
void read_presence(client_command& into, const json_field& presence, const json_field& data) {
  if (into.type == command_type::presence && data.given()) {
    into.presence = std::make_shared<const presence_request>(read_presence_question(data.raw));
  }
  if ((into.type == command_type::subscribe || into.type == command_type::join) && presence.given()) {
    into.presence = std::make_shared<const presence_request>(read_presence_request(presence.raw));
  }
}

}  // namespace

result<client_command> decode_command(std::string_view frame) {
  json_field command{"command"};
  json_field identifier{"identifier"};
  json_field data{.key = "data", .raw_only = true};
  json_field history{.key = "history", .raw_only = true};
  json_field presence{.key = "presence", .raw_only = true};
  json_field* const fields[] = {&command, &identifier, &data, &history, &presence};
  if (auto read = read_object(frame, "a command", fields); !read) {
    return read.error();
  }
  if (command.kind != json_kind::string) {
    return unfit(command, "a string");
  }
  const auto type = command_named(command.text);
  if (!type) {
    return fault{errc::unknown_command, "unknown command " + excerpt(command.text)};
  }
  client_command out{.type = *type};
  if (*type == command_type::ping || *type == command_type::pong) {
    return out;
  }
  if (auto fit = require_text(identifier); !fit) {
    return fit.error();
  }
  out.identifier = std::move(identifier.text);
  if ((*type == command_type::subscribe || *type == command_type::history) && history.given()) {
    out.history = std::make_shared<const history_request>(read_history_request(history.raw));
  }
  read_presence(out, presence, data);
  if (*type == command_type::message) {
    if (data.kind != json_kind::string) {
      return unfit(data, "a string");
    }
    append_unescaped(out.data, data.raw.substr(1, data.raw.size() - 2));
  }
  if (*type == command_type::whisper) {
    if (data.kind == json_kind::absent) {
      return unfit(data, "given");
    }
    out.data = data.raw;
  }
  return out;
}

std::string welcome_message(std::string_view sid) {
  std::string out = R"({"type":"welcome","sid":)";
  append_json_string(out, sid);
  out += '}';
  return out;
}

std::string restored_message(std::string_view sid, std::span<const std::string_view> identifiers) {
  auto out = welcome_message(sid);
  out.pop_back();
  out += R"(,"restored":true,"restored_ids":[)";
  for (const auto& each : identifiers) {
    if (&each != identifiers.data()) {
      out += ',';
    }
    append_json_string(out, each);
  }
  return out += "]}";
}

bool add_pong_extension(std::string& text) {
  json_field extensions{.key = "extensions", .raw_only = true};
  if (!read_welcome(text, extensions)) {
    return false;
  }
  if (extensions.kind == json_kind::absent) {
    text.insert(text.rfind('}'), R"(,"extensions":["pong"])");
  }
  return true;
}

bool add_sid(std::string& text, std::string_view sid) {
  json_field own{.key = "sid", .raw_only = true};
  if (!read_welcome(text, own)) {
    return false;
  }
  std::string value;
  append_json_string(value, sid);
  if (own.kind == json_kind::null) {
    text.replace(static_cast<std::size_t>(own.raw.data() - text.data()), own.raw.size(), value);
  } else if (own.kind == json_kind::absent) {
    text.insert(text.rfind('}'), R"(,"sid":)" + value);
  }
  return true;
}

std::string ping_message(std::int64_t time) { return R"({"type":"ping","message":)" + std::to_string(time) + '}'; }

std::string pong_message() { return R"({"type":"pong"})"; }

std::string confirm_subscription(std::string_view identifier) {
  return about_subscription("confirm_subscription", identifier);
}

std::string reject_subscription(std::string_view identifier) {
  return about_subscription("reject_subscription", identifier);
}

std::string confirm_history(std::string_view identifier, std::span<const reply::known_stream> positions) {
  auto out = about_subscription("confirm_history", identifier);
  if (positions.empty()) {
    return out;
  }
  out.pop_back();
  out += R"(,"positions":{)";
  for (const auto& [stream, at] : positions) {
    append_json_string(out, stream);
    out += ':';
    append_position_json(out, at);
    out += ',';
  }
  out.back() = '}';
  return out += '}';
}

std::string reject_history(std::string_view identifier) { return about_subscription("reject_history", identifier); }

std::string presence_message(std::string_view identifier, std::string_view message) {
  auto out = about_subscription("presence", identifier);
  out.pop_back();
  return out.append(R"(,"message":)").append(message) += '}';
}

std::string presence_error(std::string_view identifier, std::string_view why) {
  std::string message = R"({"type":"error","total":0,"reason":)";
  append_json_string(message, why);
  return presence_message(identifier, message += '}');
}

std::string disconnect_message(std::string_view reason, bool reconnect) {
  std::string out = R"({"type":"disconnect","reason":)";
  append_json_string(out, reason);
  out.append(R"(,"reconnect":)").append(reconnect ? "true" : "false").append("}");
  return out;
}

std::string error_message(std::string_view reason) {
  std::string out = R"({"type":"error","identifier":"","reason":)";
  append_json_string(out, reason);
  out += '}';
  return out;
}

void append_broadcast(std::string& out, std::string_view identifier, std::string_view data, bool data_is_json,
                      std::string_view broadcast_type) {
  out += '{';
  if (!broadcast_type.empty()) {
    out += R"("type":)";
    append_json_string(out, broadcast_type);
    out += ',';
  }
  out += std::string_view{R"("identifier":)"};
  append_json_string(out, identifier);
  out += std::string_view{R"(,"message":)"};
  if (data_is_json) {
    out += data;
  } else {
    append_json_string(out, data);
  }
  out += '}';
}

void append_position(std::string& out, std::string_view stream, const stream_position& at) {
  out.back() = ',';
  out += std::string_view{R"("stream_id":)"};
  append_json_string(out, stream);
  out += ',';
  append_position_members(out, at);
  out += '}';
}

}  // namespace ability
