/// Stream names in FlyRPC subscriptions, and translation of Action Cable messages to FlyRPC.
/// Source: docs/protocols/flyrpc.md "MQ: streams".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/history/history_request.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/result.hpp"

namespace ability::fly {

/// The Action Cable identifier for the name in a Subscribe: the name itself if it begins with `{`; otherwise that of
/// `$pubsub` with the name as its signed stream name, if it has the form of one, or as its stream name.
/// Errors: `empty_value`, `invalid_utf8`.
result<std::string> identifier_of(std::string_view name);

/// A Subscribe.
struct stream_request {
  std::string identifier;
  bool is_wrapped = false;                    ///< `{"subscribe":NAME}`: it may be repeated
  std::optional<history_request> since = {};  ///< the missed messages that the client asks for
};

/// Reads the buffer of a Subscribe: a name, or `{"subscribe":NAME,"since":…}`, where `since` is a position, an array of
/// positions of different epochs, or a Unix time in seconds. It is wrapped if the first key is `subscribe`; other keys
/// are ignored. No `since`, null and an empty array ask for no missed messages.
/// Errors: those of `identifier_of`; `malformed_json`, `missing_key`, `wrong_type`, `wrong_value`.
result<stream_request> read_stream_request(std::string_view buffer);

/// Where a client begins in the logs of a subscription's streams; with neither at what is new.
struct stream_start {
  std::vector<stream_position> positions = {};  ///< behind these: one of each stream with a log
  std::optional<std::int64_t> time = {};        ///< else at this Unix time in seconds
};

/// The buffer of a wrapped Subscribe. It asks for the missed messages behind `since`, else since `time`; with neither
/// for none.
std::string encode_stream_request(std::string_view name, std::span<const stream_position> since,
                                  std::optional<std::int64_t> time = {});

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
