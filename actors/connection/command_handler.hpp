/// The handling of a client's commands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/connection/app_commands.hpp"
#include "actors/connection/command_queue.hpp"
#include "actors/connection/connected_client.hpp"

namespace ability {

/// Handles the commands of one client one at a time and in order. Decides on commands, but for those that are up to the
/// application.
/// Source: docs/protocols/action-cable.md "The decision".
class command_handler {
public:
  /// `of` outlives the handler.
  explicit command_handler(connected_client& of) noexcept : client_{of}, by_application_{*this} {}

  // -- for the connection

  /// Handles the command, now or once earlier ones are answered. Returns a credit to the session in the end.
  void take(client_command&& command);

  /// Drops commands that wait for earlier ones.
  void drop_waiting() noexcept { queue_.clear(); }

  /// Ends the actor of a client that has left once its commands are answered, but for subscribes that were not sent to
  /// the application yet. A call under way ends before the application is told that the client has left.
  void finish();

  /// Handles commands after a `hold`, or ends the actor if the client has left.
  void go_on();

  /// Follows streams of a restored session whose history the client has not asked for.
  void follow_awaited();

  // -- for the application's commands

  connected_client& client() noexcept { return client_; }

  /// Begins to wait for the answer to the command that is being handled.
  void hold() noexcept { queue_.hold(); }

  /// Ends that command, goes on with the next one, or ends the connection by order of the application.
  void answered(bool ends_connection = false);

  /// Ends the connection as a stream has failed, whose other subscribers are told to come back, too.
  void reconnect();

  /// Tells the client that the subscription does not exist.
  void reject(std::string_view identifier, std::uint32_t tag, std::string_view why);

  /// Counts a command that failed.
  void fail(std::string_view why, const client_command& command);

  /// The same, and tells the client why.
  void drop(std::string_view why, const client_command& command);

  /// Sends what the client awaits of the subscribe under way, beside the confirmation. `asked`: missed messages, which
  /// the streams in `held` have answered; null: none were asked for.
  void send_pending_replies(const subscriptions::entry& of, const history_request* asked,
                            const std::vector<subscriptions::held_stream>& held);
  void forget_pending_replies() noexcept { owes_confirmation_ = false; }

private:
  bool is_too_fast(const client_command& command);
  bool is_repeated(const client_command& command) const;
  bool is_wanted(const std::string& identifier) const;
  void handle(client_command&& command);
  void done() { client_.session->command_done(); }
  void end_connection(const close_reason& why, std::string_view reason);
  void subscribe(client_command&& command);
  void subscribe_to(const named_stream& named, client_command&& command);
  void unsubscribe(const client_command& command);
  void perform(const client_command& command);
  void whisper(const client_command& command);
  void replay(const std::string& identifier, std::uint32_t tag, std::shared_ptr<const history_request> asked,
              std::function<void()> then);

  connected_client& client_;
  [[no_unique_address]] command_queue queue_;  // its padding holds the next member
  bool owes_confirmation_ = false;             // another one, of the subscribe under way
  app_commands by_application_;
};

}  // namespace ability
