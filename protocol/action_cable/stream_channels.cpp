#include "protocol/action_cable/stream_channels.hpp"

#include <utility>

#include "protocol/auth/signed_stream.hpp"
#include "protocol/json/json_fields.hpp"

namespace ability {
namespace {

constexpr std::string_view pubsub_channel = "$pubsub";
constexpr std::string_view turbo_channel = "Turbo::StreamsChannel";
constexpr std::string_view cable_ready_channel = "CableReady::Stream";

result<named_stream> signed_stream(const json_field& name, std::string_view secret, bool whisper, bool presence) {
  if (auto fit = require_text(name); !fit) {
    return fit.error();
  }
  if (secret.empty()) {
    return fault{errc::wrong_value,
                 "signed streams are off: there is no secret to check \"" + std::string{name.key} + "\" with"};
  }
  auto stream = verify_stream(name.text, secret);
  if (!stream) {
    return stream.error();
  }
  return named_stream{.stream = std::move(*stream), .whisper = whisper, .presence = presence};
}

result<named_stream> public_stream(json_field& name, bool presence) {
  if (auto fit = require_text(name); !fit) {
    return fit.error();
  }
  return named_stream{.stream = std::move(name.text), .whisper = true, .presence = presence};
}

const std::string& either(const std::string& own, const std::string& shared) noexcept {
  return own.empty() ? shared : own;
}

}  // namespace

std::optional<result<named_stream>> named_stream_of(std::string_view identifier,
                                                    const stream_channel_settings& settings) {
  json_field channel{"channel"};
  json_field stream_name{"stream_name"};
  json_field signed_name{"signed_stream_name"};
  json_field cable_ready_name{"identifier"};
  json_field* const fields[] = {&channel, &stream_name, &signed_name, &cable_ready_name};
  if (!read_object(identifier, "an identifier", fields) || channel.kind != json_kind::string) {
    return std::nullopt;
  }
  if (channel.text == pubsub_channel) {
    if (signed_name.given()) {
      return signed_stream(signed_name, settings.streams_secret, settings.whisper_signed, settings.presence);
    }
    if (settings.public_streams) {
      return public_stream(stream_name, settings.presence);
    }
    return stream_name.given() ? fault{errc::wrong_value, "public streams are off: \"stream_name\" is not allowed"}
                               : unfit(signed_name, "a non-empty string");
  }
  if (channel.text == turbo_channel && settings.turbo) {
    return signed_stream(signed_name, either(settings.turbo_secret, settings.streams_secret), false, false);
  }
  if (channel.text == cable_ready_channel && settings.cable_ready) {
    return signed_stream(cable_ready_name, either(settings.cable_ready_secret, settings.streams_secret), false, false);
  }
  return std::nullopt;
}

}  // namespace ability
