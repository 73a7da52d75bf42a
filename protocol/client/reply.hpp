/// Replies to clients, in the words of no protocol.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "protocol/client/command.hpp"

namespace ability {

/// The server's replies. Their texts and commands live as long as the call that they are passed to.
namespace reply {

/// The client was let in without the application's doing.
struct welcome {
  std::string_view sid;
};

/// A text of the application for this client.
struct transmission {
  std::string_view text;
};

/// The subscription exists.
struct confirmed {
  std::string_view identifier;
};

/// The subscription does not exist.
struct rejected {
  std::string_view identifier;
  std::string_view why;
};

/// The application has decided on a subscription, after its transmissions. A protocol tells the client if those did
/// not.
struct settled {
  std::string_view identifier;
  bool subscribed;
};

/// A command to a channel was dropped. Protocols without a word for that stay silent.
struct dropped {
  const client_command& command;
  std::string_view why;
};

/// A command came too soon after others and was dropped.
struct throttled {
  const client_command& command;
};

/// The answer to the client's ping.
struct pong {};

}  // namespace reply

/// One reply; each protocol visits it with a function for every kind.
using client_reply = std::variant<reply::welcome, reply::transmission, reply::confirmed, reply::rejected,
                                  reply::settled, reply::dropped, reply::throttled, reply::pong>;

/// The server's reason to end a connection.
struct close_reason {
  enum class kind : std::uint8_t {
    disconnected,  ///< for `reason`, which the client is told
    finished,      ///< the application has ended it
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
inline constexpr std::string_view invalid_request = "invalid_request";
}  // namespace disconnect_reason

}  // namespace ability
