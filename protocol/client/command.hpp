/// Commands of clients, independent of the protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "protocol/history/history_request.hpp"
#include "protocol/presence/presence_request.hpp"

namespace ability {

/// The kinds of commands.
enum class command_type : std::uint8_t {
  subscribe,
  unsubscribe,
  message,
  whisper,
  history,   ///< send the missed messages
  presence,  ///< list the members of the stream
  join,      ///< make the client a member
  leave,     ///< end that
  ping,
  pong,
};

/// One command of a client.
struct client_command {
  command_type type = command_type::ping;
  std::string identifier = {};  ///< opaque, compared byte for byte; empty for ping and pong
  std::string data = {};        ///< of `message`: the channel's input; of `whisper`: the message to the others
  bool data_is_json = true;     ///< of `whisper`: false for plain text
  std::uint32_t tag = 0;        ///< the protocol's own number, returned unchanged
  std::shared_ptr<const history_request> history = {};    ///< of `subscribe` and `history`; null: none is asked for
  std::shared_ptr<const presence_request> presence = {};  ///< of `subscribe`, `join`, `leave`, `presence`; null: none
};

}  // namespace ability
