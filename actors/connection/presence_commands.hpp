/// The commands about the presence of a client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/connected_client.hpp"
#include "actors/stream/presence/messages.hpp"

namespace ability {

class command_handler;

/// Has the streams of a client's subscriptions note its presence, and gives the client their answers. Made where it is
/// needed: it holds nothing of its own.
/// Source: docs/reliable-streams.md "Presence".
class presence_commands {
public:
  using request_ptr = std::shared_ptr<const presence_request>;

  /// Both outlive the calls of this object.
  presence_commands(connected_client& of, command_handler& handler) noexcept : client_{&of}, handler_{&handler} {}

  /// Handles `join`, `leave` or `presence`. True: it waits for the stream's answer, which ends the command at the
  /// handler.
  bool handle(const client_command& command, bool ends_connection = false);

  /// Ends a command that waits, at the handler: first carries out what the application said of the client's presence,
  /// with `first_stream` as the stream for a subscription whose state names none, then what the client asked for with
  /// its subscribe; null: nothing.
  void conclude(const std::string& identifier, const rpc_presence& by_application, const std::string& first_stream,
                const request_ptr& asked, bool ends_connection);

  /// Makes the client of a restored session present again where the record has it. Those who follow are told only if
  /// its time was over.
  void restore(const session_record& from) const;

  /// Ends the client's presence by a subscription that is about to be removed.
  static void leave(const connected_client& client, subscriptions::entry& by);

  /// Tells the streams that the client's session has ended.
  static void end(const connected_client& client);

private:
  using refusal_handler = std::function<void(std::string_view refusal)>;

  void ask(const client_command& about, std::string stream, refusal_handler then) const;
  void take_back(const std::string& identifier, std::string_view refusal) const;

  connected_client* client_;
  command_handler* handler_;
};

}  // namespace ability
