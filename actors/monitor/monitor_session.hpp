/// The visitor actor: a monitoring program's way in.
#pragma once

#include <caf/actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/cluster/peer_network.hpp"
#include "actors/messages.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// All that one attached program can name, and what ends with its connection. It checks who asks, passes questions on
/// to the monitor, and tells the program what that feeds it as fast as the program takes it. Whatever the program does,
/// at worst this actor ends, and with it the connection; nothing else falls.
class visitor_state {
public:
  static constexpr const char* name = "ability.visitor";
  static constexpr std::size_t max_under_way = 16;                     ///< questions
  static constexpr std::size_t max_unanswered = 16;                    ///< feeds
  static constexpr std::uint64_t max_unsent = std::uint64_t{4} << 20;  ///< bytes that the program has not read
  static constexpr unsigned max_wrong_secrets = 3;
  static constexpr std::chrono::seconds first_question_within{10};
  static constexpr std::chrono::minutes idle_after{5};  ///< without a question, if it does not watch
  static constexpr std::chrono::seconds patience{60};   ///< for the monitor, where questions wait for each other

  explicit visitor_state(visitor_actor::pointer self) : self_{self} {}
  visitor_state(const visitor_state&) = delete;
  visitor_state& operator=(const visitor_state&) = delete;

  /// Closes the connection.
  ~visitor_state();

  void start(lane_home& home, passage_ptr way);
  visitor_actor::behavior_type make_behavior();

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

  visitor_actor::pointer self_;
  lane_home* home_ = nullptr;
  passage_ptr way_;  // null once it is closed
  visitor_rights rights_;
  unsigned wrong_secrets_ = 0;
  caf::actor program_;  // that watches; null: none does
  std::size_t under_way_ = 0;
  std::size_t unanswered_ = 0;
  std::uint64_t unsent_ = 0;
  std::uint64_t taken_ = 0;  // what the network had taken when that was known
  bool asked_ = false;
  clock::time_point last_asked_{};
};

/// Spawns the actor on the lane of `home`, the cluster's, where `way` is used. It belongs to the program at the other
/// end of `way`, to which it is published.
visitor_actor spawn_visitor(lane_home& home, passage_ptr way);

}  // namespace ability
