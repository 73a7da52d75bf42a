/// The connection actor: the life of one client, from its handshake to its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/authentication.hpp"
#include "actors/connection/client_session.hpp"
#include "actors/connection/command_handler.hpp"
#include "actors/connection/connected_client.hpp"
#include "actors/connection/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Admits one client: by a token, by the application, or without either if the node is open to everyone. Then passes it
/// frames of its streams, has its commands handled, and tells the application and the registry of its end.
/// Source: docs/protocols/action-cable.md "The decision".
class connection_state {
public:
  static constexpr const char* name = "ability.connection";

  explicit connection_state(connection_actor::pointer self) : client_{self}, commands_{client_} {}
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;

  /// Leaves all streams and the registry, however the actor ended, and closes the client's connection.
  ~connection_state();

  void start(lane_home& home, std::shared_ptr<client_session> session, std::string sid);
  connection_actor::behavior_type make_behavior();
  void prefetch_parts() const noexcept;
  void prefetch_parts_of_parts() const noexcept;

private:
  using handshake_ptr = std::shared_ptr<const client_handshake>;

  // -- handshake
  void authenticate(const handshake_ptr& request);
  void ask_for_keys(const handshake_ptr& request);
  void ask_application();
  void judge(const handshake_ptr& request, const token_keys& keys);
  void come_in(const client_handshake& request, const admission_granted& proof, std::function<void()> anew);
  void ask_for_session(const session_claim& claim, client_session::time_point expires, std::function<void()> anew);
  void handle_connect(rpc_outcome& outcome);
  void begin_session(std::function<void()> greet);
  void begin_waiting();
  bool end_waiting();
  void welcome(admission_granted granted);
  void refuse(const admission_denied& denied, const text_map& headers);

  // -- delivery and end
  void hand_out(const batch_ptr& frames);
  void say_goodbye(const disconnect_client& why);
  void send_away(const disconnect_client& why);
  void leave(std::string_view reason);
  void surrender(const surrender_session& order);
  connection_facts describe(bool with_subscriptions) const;

  connected_client client_;
  command_handler commands_;
};

/// Spawns the actor of a client that wants to connect; it waits for `start_handshake`. `sid` names the session to the
/// client and in logs, and is unique in the node.
connection_actor spawn_connection(lane_home& home, std::shared_ptr<client_session> client, std::string sid);

}  // namespace ability
