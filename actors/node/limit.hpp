/// The limits that are counted by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ability {

/// A limit at which something was refused, dropped or closed, and that has no counter of its own.
enum class limit : std::uint8_t {
  subscriptions,         ///< `--max-subscriptions`: rejected
  identifier_bytes,      ///< total bytes of a connection's identifiers: rejected
  stream_subscriptions,  ///< `--max-stream-subscriptions`: rejected, or the stream not followed
  stream_identifiers,    ///< `--max-stream-identifiers`: the same
  connection_streams,    ///< `--max-connection-streams`, for streams given by the application: the same
  message_size,          ///< `--max-message-size`: the client is closed
  message_timeout,       ///< `--message-timeout`: the client is closed
  request_head,          ///< bytes of an HTTP request's head: it is refused
  request_timeout,       ///< `--handshake-timeout`, of an HTTP request that has begun: it is refused
  unfinished_size,       ///< `--max-unfinished-size`: the request is refused, the client closed
  backend_pending_size,  ///< `--fly-rpc-max-pending-size`: the link is closed
  backend_clients,       ///< clients of one link to a backend: not admitted
  presence_members,      ///< `--presence-max-members`: the client does not become one
  presence_info,         ///< `--presence-max-info`: the same
  monitor_pending,       ///< unread or unanswered messages of a monitoring program: it is closed
};

inline constexpr std::size_t limits = 15;

/// Returns the name used in metrics.
constexpr std::string_view name_of(limit which) noexcept {
  constexpr std::array<std::string_view, limits> names{
      "subscriptions",        "identifier_bytes", "stream_subscriptions", "stream_identifiers", "connection_streams",
      "message_size",         "message_timeout",  "request_head",         "request_timeout",    "unfinished_size",
      "backend_pending_size", "backend_clients",  "presence_members",     "presence_info",      "monitor_pending"};
  return names[static_cast<std::size_t>(which)];
}

}  // namespace ability
