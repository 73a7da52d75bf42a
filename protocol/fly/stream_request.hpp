/// Stream names in FlyRPC subscriptions, and translation of Action Cable messages to FlyRPC.
/// Source: docs/protocols/flyrpc.md "MQ: streams".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/result.hpp"

namespace ability::fly {

/// The Action Cable identifier for the buffer of a Subscribe: the buffer itself if it begins with `{`; otherwise that
/// of `$pubsub` with the buffer as its signed stream name, if it has the form of one, or as its stream name.
/// Errors: `empty_value`, `invalid_utf8`.
result<std::string> identifier_of(std::string_view buffer);

/// The text sent to a client in place of a message of `size` bytes, if at most `most` bytes can be sent.
std::string too_long_notice(std::size_t size, std::size_t most);

/// Results of `translate`.
struct confirmation {
  std::string identifier;
};
struct rejection {
  std::string identifier;
};
struct channel_message {
  std::string identifier;
  std::string data;  ///< unchanged; of a JSON string its text
};
struct untranslatable {};

/// Translates an Action Cable message, transmitted by an application, for a FlyRPC client.
std::variant<confirmation, rejection, channel_message, untranslatable> translate(std::string_view transmission);

}  // namespace ability::fly
