/// The dialogue of one connection with the application.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/subscriptions.hpp"
#include "actors/sessions/session_record.hpp"
#include "config/settings/node_settings.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/client/command.hpp"

namespace ability {

/// Holds the environment that every call carries, and the call that is not answered yet, of which there is at most one.
class app_dialogue {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using answer_handler = std::function<void(rpc_outcome&)>;

  /// Begins the dialogue about a client. Not called if the node has no application; then only `exists` and `goodbye`
  /// may be called.
  void begin(const client_handshake& request);

  /// Goes on with the application's state of a session that came back.
  void resume(const session_record& from);

  /// Moves the environment into the record of a session whose connection ends.
  void put_into(session_record& record, disconnect_mode mode);

  /// Copies it into the record of one that goes on.
  void copy_into(session_record& record, disconnect_mode mode) const;

  /// True if the application is to be told of the client's end.
  bool owes_disconnect(disconnect_mode mode) const;

  /// True if there is an application.
  bool exists() const noexcept { return view_ != nullptr; }

  const text_map& headers() const noexcept { return view_->env.headers; }

  // -- calls

  /// The call about a client that wants to connect.
  rpc_request connect(const std::string& sid);

  /// The call about a command of type subscribe, unsubscribe or message, with the state of its subscription, or null.
  rpc_request command(const std::string& sid, const std::string& identity, const client_command& about,
                      const text_map* state);

  /// The call about a client that has left, without its environment afterwards; null if `mode` wants none.
  std::shared_ptr<const rpc_request> goodbye(disconnect_mode mode, const std::string& sid, const std::string& identity,
                                             const subscriptions& followed);

  /// Makes the call at the time `now`, and has `then` handle its outcome.
  void ask(connection_actor::pointer self, const app_server_actor& application, rpc_request call, time_point now,
           answer_handler then);

  /// Opens the call. The part of `ask` that sends nothing; `close` ends it.
  std::shared_ptr<const rpc_request> open(rpc_request call, time_point now);
  void close() noexcept { question_ = nullptr; }

  // -- the open call

  /// True if it is about this identifier.
  bool is_about(std::string_view identifier) const;

  /// True if it is about a subscribe.
  bool is_subscribe() const { return question_ != nullptr && question_->call.command == "subscribe"; }

  /// The time at which it was made.
  time_point asked_at() const noexcept { return question_->asked_at; }

  /// Drops it: it is not made if it still waits for its turn at the app server. The answer is handled all the same.
  void withdraw() noexcept { question_ = nullptr; }

  // -- answers

  /// Applies the changes of the connection's state.
  void merge(const rpc_reply& reply) { merge_state(view_->env.connection_state, reply.connection_state); }

  /// Applies the changes of the state of `of`, too.
  void merge(const rpc_reply& reply, subscriptions::entry& of);

private:
  struct question {
    rpc_request call;
    time_point asked_at;
  };
  struct view {
    rpc_env env;
    bool was_asked = false;
  };

  std::unique_ptr<view> view_;  // null: there is no application
  std::shared_ptr<const question> question_;
};

}  // namespace ability
