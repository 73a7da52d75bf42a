/// The connection actor: who one client is and what it follows.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "actors/outbox.hpp"

namespace ability {

/// One client's identity and subscriptions: identifier → streams. Commands are handled one after the other, none
/// before the client was let in.
class connection_state {
public:
  static constexpr const char* name = "ability.connection";

  explicit connection_state(connection_actor::pointer self) : self_{self} {}
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;

  /// Leaves all streams and the registry, however the actor ended, and closes the client's connection.
  ~connection_state();

  void start(lane_home& home, std::shared_ptr<outbox> client, std::string sid);
  connection_actor::behavior_type make_behavior();
  void prefetch_parts() const noexcept;
  void prefetch_parts_of_parts() const noexcept;

private:
  struct followed {
    std::shared_ptr<const std::string> stream;
    stream_actor actor;
    std::size_t slot;
  };
  struct subscription {
    std::string identifier;
    std::vector<followed> streams;
    std::string pending_stream;  // asked for, not yet confirmed
  };

  void authenticate();
  bool is_in() const noexcept { return !identity_.empty(); }
  void enqueue(client_command&& command);
  void handle_waiting();
  void handle(client_command&& command);
  void handle_subscribe(client_command&& command);
  void handle_unsubscribe(const client_command& command);
  void confirm(const subscribed& news);
  void hand_out(const batch_ptr& frames);
  void push(frames_ptr frames, std::uint64_t count);
  void say_goodbye(const disconnect_client& why);
  void leave(const subscription& old);
  void fail(std::string_view why, const client_command& command);
  void command_done();
  std::vector<subscription>::iterator find(std::string_view identifier);

  connection_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<outbox> client_;
  std::string sid_;
  encoding encoding_ = encoding::action_cable_json;
  std::string identity_;  // empty until the client was let in
  std::vector<subscription> subscriptions_;
  std::vector<client_command> waiting_;  // bounded by the session, which stops reading
  bool busy_ = false;                    // a command waits for an answer
};

/// Spawns the actor of a client that wants to be let in; it waits for `start_handshake`. `sid` names the session to the
/// client and in logs, and is unique in the node.
connection_actor spawn_connection(lane_home& home, std::shared_ptr<outbox> client, std::string sid);

}  // namespace ability
