/// What a FlyRPC client may name to follow a stream, and how publications and Action Cable messages become its own.
/// Source: docs/protocols/flyrpc.md "MQ: streams".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/result.hpp"

namespace ability::fly {

/// The Action Cable identifier that the buffer of a Subscribe stands for: itself if it begins with `{`; else that of
/// `$pubsub` with the buffer as its signed stream name, if it has the form of one, or as its stream name.
/// Errors: `empty_value`, `invalid_utf8`.
result<std::string> identifier_of(std::string_view buffer);

/// What a client is told in place of a message of `size` bytes, where no more than `most` can be sent.
std::string too_long_notice(std::size_t size, std::size_t most);

/// What a client has to be told.
struct confirmation {
  std::string identifier;
};
struct rejection {
  std::string identifier;
};
struct channel_message {
  std::string identifier;
  std::string data;  ///< as it came; of a JSON string its text
};
struct untranslatable {};

/// What an Action Cable message, which an application transmits, says to a client that speaks FlyRPC.
std::variant<confirmation, rejection, channel_message, untranslatable> translate(std::string_view transmission);

}  // namespace ability::fly
