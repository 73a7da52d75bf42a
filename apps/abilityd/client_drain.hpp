/// How a node that is to have no clients loses those that it has, so that others can take them over.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "actors/node/node.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Three steps, told by `edge_state`. `leaving`: health pages say that no new clients are welcome, and all are served,
/// new ones too, until a balancer has noticed. `draining`: nobody new is let in, what was accepted before is delivered,
/// then everybody is told to leave, evenly over a time. The process stays. Used on the thread of `io`; all that is
/// given outlives this.
class client_drain {
public:
  /// How long each step takes.
  struct plan {
    std::chrono::milliseconds notice{};  ///< in which new clients are still let in
    std::chrono::milliseconds within{};  ///< behind it, until the last client is told
    bool reconnect = true;               ///< whether clients may come back, to another node that is
  };

  client_drain(const node& here, edge_state& shared, boost::asio::io_context& io);
  client_drain(const client_drain&) = delete;
  client_drain& operator=(const client_drain&) = delete;

  /// Takes the place of one that is under way. `done`, which may be null, is called once nobody is left or everybody
  /// was told.
  void begin(const plan& how, std::function<void()> done = nullptr);

  /// Takes clients again, and sends no more away.
  void cancel();

private:
  using clock = std::chrono::steady_clock;

  void refuse_new();
  void say_goodbye_when_delivered();
  void say_goodbye();
  void look_for_the_last();
  void after(std::chrono::milliseconds delay, void (client_drain::*then)());

  const node& here_;
  edge_state& shared_;
  boost::asio::steady_timer timer_;
  std::uint64_t step_ = 0;  // that is waited for
  plan how_;
  std::function<void()> done_;
  clock::time_point until_;
};

}  // namespace ability
