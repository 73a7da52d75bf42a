/// The monitor session: the actor of one attached monitoring program.
#pragma once

#include <caf/actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/cluster/peer_network.hpp"
#include "actors/monitor/messages.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// The only actor that an attached program can address; it ends with the program's connection. It checks rights,
/// forwards queries to the monitor, and sends the feed as fast as the program reads it. A program can at worst end this
/// actor and its connection, and nothing else.
class monitor_session_state {
public:
  static constexpr const char* name = "ability.monitor_session";
  static constexpr std::size_t max_under_way = 16;                     ///< queries
  static constexpr std::size_t max_unanswered = 16;                    ///< feed messages
  static constexpr std::uint64_t max_unsent = std::uint64_t{4} << 20;  ///< bytes that the program has not read
  static constexpr unsigned max_wrong_secrets = 3;
  static constexpr std::chrono::seconds first_question_within{10};
  static constexpr std::chrono::minutes idle_after{5};  ///< without a query, if it does not watch
  static constexpr std::chrono::seconds patience{60};   ///< timeout of the monitor, where queries queue

  explicit monitor_session_state(monitor_session_actor::pointer self) : self_{self} {}
  monitor_session_state(const monitor_session_state&) = delete;
  monitor_session_state& operator=(const monitor_session_state&) = delete;

  /// Closes the connection.
  ~monitor_session_state();

  void start(lane_home& home, peer_connection_ptr way);
  monitor_session_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;
  using promise = caf::typed_response_promise<std::string>;

  promise take(const std::string& verb, const std::string& arguments);
  void take(const ask_monitor& asked, const monitor_question& what, const caf::actor& asker, const promise& to);
  std::string log_in(const verb::login& claim);
  bool admit(const promise& to);
  void watch(const verb::watch& wish, const caf::actor& asker, const promise& to);
  std::string unwatch();
  void follow(const caf::actor& program);
  void tell(const feed& news);
  void take_credit(const caf::error& why);
  void lost(const caf::down_msg& who);
  void look_at_clock();
  void answer(promise to, std::string json);
  void count_sent(std::size_t bytes);
  std::uint64_t unsent();
  void end(std::string_view why);

  monitor_session_actor::pointer self_;
  lane_home* home_ = nullptr;
  peer_connection_ptr way_;  // null once it is closed
  monitor_rights rights_;
  unsigned wrong_secrets_ = 0;
  caf::actor program_;  // the watching program; null: none
  std::size_t under_way_ = 0;
  std::size_t unanswered_ = 0;
  std::uint64_t unsent_ = 0;
  std::uint64_t taken_ = 0;  // `way_->bytes_sent()` at the last check
  bool asked_ = false;
  clock::time_point last_asked_{};
};

/// Spawns the actor on the lane of `home`, the cluster's, where `way` is used. The actor is published to the program at
/// the other end of `way`.
monitor_session_actor spawn_monitor_session(lane_home& home, peer_connection_ptr way);

}  // namespace ability
