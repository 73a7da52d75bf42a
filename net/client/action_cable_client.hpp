/// The way back to a client that speaks Action Cable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "protocol/action_cable/messages.hpp"

namespace ability {

/// Puts what a connection actor means into the messages of the protocol.
/// Source: docs/protocols/action-cable.md "Messages of the server".
class action_cable_outbox : public outbox {
public:
  void welcome(std::string_view sid) final { push_text(welcome_message(sid)); }
  void transmit(std::string_view text) final { push_text(text); }
  void confirm(const std::string& identifier) final { push_text(confirm_subscription(identifier)); }
  void reject(const std::string& identifier, std::string_view) final { push_text(reject_subscription(identifier)); }
  void settle(const std::string&, bool) final {}
  void drop(const client_command& said, std::string_view) final {
    switch (said.type) {
      case command_type::history:
        push_text(reject_history(said.identifier));
        return;
      case command_type::presence:
      case command_type::join:
      case command_type::leave:
        push_text(presence_error(said.identifier));
        return;
      default:
        return;  // the protocol has no word for it
    }
  }
  void slow_down(const client_command&) final { push_text(error_message("too_many_commands")); }
  void pong() final { push_text(pong_message()); }

  void disconnect(std::string_view reason, bool reconnect) final {
    close(disconnect_message(reason, reconnect), reconnect ? 1001 : 1000, reason);
  }
  void finish() final { close({}, 1000, {}); }
  void abandon() final { close({}, 1011, {}); }

protected:
  /// Queues one text message.
  virtual void push_text(std::string_view payload) = 0;

  /// Sends `farewell` (a text message, none if empty), then closes with WebSocket status `code` and `reason`.
  virtual void close(std::string_view farewell, std::uint16_t code, std::string_view reason) = 0;
};

}  // namespace ability
