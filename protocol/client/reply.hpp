/// Replies to clients, independent of the protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/client/command.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability {

/// The server's replies. Their texts and commands are valid during the call that receives them.
namespace reply {

/// A subscription of an earlier session.
struct restored_subscription {
  std::string_view identifier;
  std::uint32_t tag;  ///< of the command that asked for it
};

/// The client was admitted without the application.
struct welcome {
  std::string_view sid;
  const std::vector<restored_subscription>* restored = nullptr;  ///< of an earlier session; null: a new one
};

/// A text of the application for this client.
struct transmission {
  std::string_view text;
};

/// The subscription that the command with this tag asked for exists.
struct confirmed {
  std::string_view identifier;
  std::uint32_t tag;
};

/// The subscription that the command with this tag asked for does not exist.
struct rejected {
  std::string_view identifier;
  std::uint32_t tag;
  std::string_view why;
};

/// The application decided on the subscription that the command with this tag asked for; its transmissions precede. A
/// protocol tells the client if they did not.
struct settled {
  std::string_view identifier;
  std::uint32_t tag;
  bool subscribed;
};

/// A position in the log of a stream.
struct known_stream {
  std::string_view stream;
  stream_position at;
};

/// The client is sent everything behind these positions, one for each stream with a log. For clients that are told
/// positions: follows the confirmation of a subscription, and precedes the answer to a request for missed messages.
struct beginning {
  std::string_view identifier;
  std::uint32_t tag;  ///< of the command that asked for it, or of the subscription
  std::optional<bool>
      completes;  ///< false: not all of the messages that it asked for can be sent; none: it asked for none
  struct stream {
    stream_position at;
    std::uint64_t last;  ///< offset of the last message before live ones
  };
  std::span<const stream> streams;
};

/// The answer to a request for missed messages. They precede it, unless nothing could be answered.
struct history {
  std::string_view identifier;
  bool confirmed;                              ///< false: at least one stream of the subscription cannot be answered
  std::span<const known_stream> streams = {};  ///< answered streams, at the last message before this reply
  bool is_unasked = false;                     ///< there was no request: the client may have missed messages
};

/// The answer to the question for the members of the subscription's stream.
struct members {
  std::string_view identifier;
  std::string_view listing;  ///< JSON, of `presence_total` and `append_presence_record`
};

/// A command to a channel was dropped. Protocols without a message for that stay silent.
struct dropped {
  const client_command& command;
  std::string_view why;
};

/// A command exceeded the rate limit and was dropped.
struct throttled {
  const client_command& command;
};

/// The answer to the client's ping.
struct pong {};

}  // namespace reply

/// One reply; each protocol visits it with a function for every kind.
using client_reply =
    std::variant<reply::welcome, reply::transmission, reply::confirmed, reply::rejected, reply::settled,
                 reply::beginning, reply::history, reply::members, reply::dropped, reply::throttled, reply::pong>;

/// The server's reason to end a connection.
struct close_reason {
  enum class kind : std::uint8_t {
    disconnected,  ///< for `reason`, which is sent to the client
    finished,      ///< ended by the application
    replaced,      ///< the client has its session on another connection
    moved,         ///< the client can have its session at another node
    abandoned,     ///< the connection's actor is gone
  };
  kind why = kind::abandoned;
  std::string_view reason = {};  ///< one of `disconnect_reason`, or any word of a publisher
  bool reconnect = false;        ///< the client may come back
};

/// Reasons to end a connection.
namespace disconnect_reason {
inline constexpr std::string_view unauthorized = "unauthorized";
inline constexpr std::string_view server_restart = "server_restart";
inline constexpr std::string_view remote = "remote";
inline constexpr std::string_view too_slow = "too_slow";
inline constexpr std::string_view no_pong = "no_pong";
inline constexpr std::string_view token_expired = "token_expired";
}  // namespace disconnect_reason

}  // namespace ability
