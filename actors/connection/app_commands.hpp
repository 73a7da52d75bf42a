/// The commands that the application decides on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/connected_client.hpp"

namespace ability {

class command_handler;

/// Asks the application about a command, and carries out its answer. Ends each command at the handler.
/// Source: docs/protocols/app-rpc.md "Questions".
class app_commands {
public:
  /// `handler` outlives this object.
  explicit app_commands(command_handler& handler) noexcept : handler_{handler} {}

  /// Asks about a subscribe, unsubscribe or message, with the state of its subscription, or null.
  void decide(const client_command& command, const text_map* state);

private:
  void ask(const client_command& about, const text_map* state, app_dialogue::answer_handler then);
  void finish_subscribe(const client_command& command, const rpc_outcome& outcome);
  void finish_unsubscribe(const std::string& identifier, const rpc_reply* decision);
  void finish_message(const std::string& identifier, const rpc_reply* decision);
  void take_effects(subscriptions::entry& of, const rpc_reply& reply, const client_command* subscribing);
  void take_back(subscriptions::entry& subscribed, std::string_view why, bool ends_connection);

  // The client of the handler: a reference of its own would take the connection actor to a larger allocation.
  connected_client& client() const noexcept;

  command_handler& handler_;
};

}  // namespace ability
