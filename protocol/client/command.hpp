/// Commands of clients, in the words of no protocol.
#pragma once

#include <cstdint>
#include <string>

namespace ability {

/// The kinds of commands.
enum class command_type : std::uint8_t {
  subscribe,
  unsubscribe,
  message,
  whisper,
  history,   ///< send the messages that were missed
  presence,  ///< tell the clients that are present
  join,      ///< make the client present
  leave,     ///< make it absent
  ping,
  pong,
};

/// One command of a client.
struct client_command {
  command_type type = command_type::ping;
  std::string identifier = {};  ///< opaque, compared byte for byte; empty for ping and pong
  std::string data = {};        ///< of `message`: the channel's input; of `whisper`: the message to the others
  bool data_is_json = true;     ///< of `whisper`: else it is text
  bool with_history = false;    ///< of `subscribe`: and the messages that were missed
  bool with_presence = false;   ///< of `subscribe`: and presence
  std::uint32_t tag = 0;        ///< the protocol's own number, given back untouched
};

}  // namespace ability
