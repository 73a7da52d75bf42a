/// The connection actor: identity and subscriptions of one client.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/connection/client_session.hpp"
#include "actors/messages.hpp"
#include "actors/node/limit.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// One client's identity and subscriptions: identifier → streams. Commands are handled one after the other, and only
/// after admission: by a token, by the application, or without either if the node is open to everyone.
/// Source: docs/protocols/action-cable.md "The decision"; docs/protocols/app-rpc.md "Questions".
class connection_state {
public:
  static constexpr const char* name = "ability.connection";

  explicit connection_state(connection_actor::pointer self) : self_{self} {}
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;

  /// Leaves all streams and the registry, however the actor ended, and closes the client's connection.
  ~connection_state();

  void start(lane_home& home, std::shared_ptr<client_session> client, std::string sid);
  connection_actor::behavior_type make_behavior();
  void prefetch_parts() const noexcept;
  void prefetch_parts_of_parts() const noexcept;

private:
  struct followed {
    std::shared_ptr<const std::string> stream;
    stream_actor actor;
    std::size_t slot;
  };
  // Streams that a subscription is to follow.
  struct pending_follows {
    std::vector<std::string> streams;  // unasked streams first, then the asked ones
    std::size_t unasked;               // number of unasked streams; the last of them is next
  };
  struct subscription {
    std::string identifier;
    std::vector<followed> streams;
    std::unique_ptr<pending_follows> pending_streams = {};  // null: none
    std::unique_ptr<text_map> state = {};  // the application's state of it; null: the application was not asked
    bool may_whisper = false;              // to the first stream, or with `state` to the one in its `$w`
    std::uint32_t tag = 0;                 // tag of the subscribe command
  };
  // Pending replies of a subscribe, beside the confirmation.
  struct dues {
    bool another_confirmation : 1 = false;
    bool history : 1 = false;
    bool presence : 1 = false;
  };

  // A call that the application has not answered yet.
  struct question {
    rpc_request request;
    std::chrono::steady_clock::time_point asked_at;
  };
  using follower_counts = std::unordered_map<std::string_view, std::size_t>;  // stream → subscriptions
  // Environment that is sent to the application with every call.
  struct application_view {
    rpc_env env;
    bool was_asked = false;
  };

  // -- handshake
  void authenticate(const start_handshake& order);
  void authenticate_by_token(const std::shared_ptr<const client_handshake>& request);
  void look_for_key(const std::shared_ptr<const client_handshake>& request);
  void judge_token(const client_handshake& request, const token_keys& keys);
  void authenticate_by_application();
  void refuse_stranger(const client_handshake& request);
  void handle_connect(rpc_outcome& outcome);
  void end_entering();
  void leave_unseen(rpc_reply* reply);
  void let_in(std::string identity, client_session::time_point expires = client_session::time_point::max());
  void enter(std::string identity, client_session::time_point expires = client_session::time_point::max());
  void refuse(refusal why, const std::vector<std::string>& farewells = {});
  bool is_in() const noexcept { return !identity_.empty(); }

  // -- commands
  void enqueue(client_command&& command);
  bool is_too_fast(const client_command& command);
  bool is_wanted(const std::string& identifier);
  bool is_repeated(const client_command& command) const;
  void handle_waiting();
  void handle(client_command&& command);
  void handle_subscribe(client_command&& command);
  std::size_t identifier_bytes() const;
  void handle_unsubscribe(client_command&& command);
  void handle_message(client_command&& command);
  void handle_whisper(const client_command& command);
  void refuse_feature(const client_command& command);
  void pay_dues(const std::string& identifier);
  void subscribe_by_application(client_command&& command);
  void finish_subscribe(const std::string& identifier, std::uint32_t tag, rpc_outcome& outcome);
  void finish_unsubscribe(const std::string& identifier, rpc_outcome& outcome);
  void finish_message(const std::string& identifier, rpc_outcome& outcome);
  void fail(std::string_view why, const client_command& command);
  void command_done();
  void command_answered();
  void end_command(bool and_connection);

  // -- the application
  void ask(rpc_request request, std::function<void(rpc_outcome&)> then);
  rpc_request command_request(const client_command& command, const text_map* state) const;
  void take_effects(subscription& of, const rpc_reply& reply, bool subscribing);
  void take_back(const std::string& identifier, std::string_view why, bool and_connection);
  void transmit(const std::vector<std::string>& transmissions);
  void tell_application();

  // -- streams
  void follow(subscription& by, const std::vector<std::string>& streams, std::function<void()> then);
  std::size_t room_for(const subscription& by) const;
  follower_counts count_followers(const std::vector<std::string>& streams) const;
  static std::string_view why_kept_out(limit bound) noexcept;
  bool is_crowded(const std::string& stream, const follower_counts& followers) const;
  void ask_streams(subscription& by);
  void confirm(const std::string& identifier, const subscribed& news);
  std::string key_of(const subscription& by) const;
  void leave(const subscription& old);
  void leave(const subscription& old, const followed& stream);
  std::vector<subscription>::iterator find(std::string_view identifier);

  // -- sending and closing
  void hand_out(const batch_ptr& frames);
  bool is_followed(const batch& frames) const;
  void push(frames_ptr frames, std::uint64_t count);
  void say_goodbye(const disconnect_client& why);
  void finish();
  void stop_listening(std::string_view reason);
  void quit_when_answered(std::string_view reason);
  connection_facts describe(bool with_subscriptions) const;

  connection_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<client_session> client_;
  const wire_format* format_ = nullptr;  // null until admission
  std::string sid_;
  bool asked_in_ = false;          // a handshake was begun; a second one is ignored
  bool entering_ = false;          // the application is being asked to admit the client
  bool busy_ = false;              // a command waits for an answer
  bool leaving_ = false;           // the actor ends after that answer
  std::optional<limit> kept_out_;  // limit that kept out a stream of the current command
  dues dues_;                      // pending replies of the subscribe under way
  std::string identity_;           // empty until admission
  std::vector<subscription> subscriptions_;
  std::vector<client_command> waiting_;                // bounded by the session, which stops reading
  std::function<void()> when_followed_;                // called once all awaited streams are followed
  std::shared_ptr<const question> question_;           // null: no call is under way
  std::unique_ptr<application_view> application_;      // null: there is no application
  std::chrono::steady_clock::time_point allowance_{};  // rate limit: commands up to this time are paid for
  std::chrono::steady_clock::time_point since_{};      // time of admission
};

/// Spawns the actor of a client that wants to connect; it waits for `start_handshake`. `sid` names the session to the
/// client and in logs, and is unique in the node.
connection_actor spawn_connection(lane_home& home, std::shared_ptr<client_session> client, std::string sid);

}  // namespace ability
