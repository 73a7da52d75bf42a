/// The UDP socket for FlyRPC clients.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "net/fly/transport/listen.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/timer_wheel.hpp"
#include "protocol/fly/address.hpp"

namespace ability {

/// All its clients are on one lane; use on that lane, except `open`.
class fly_udp_listener final : private wheel_timer {
public:
  explicit fly_udp_listener(lane_context& where) : context_{where} {}

  /// Binds; clients are accepted once the lane runs. The error is a sentence. Call before the lane runs.
  boost::system::result<void, std::string> open(const fly::address& where, std::size_t max_payload,
                                                std::chrono::milliseconds idle_timeout);

  /// The address it listens at.
  fly::address local() const { return socket_->local(); }

  /// Accepts no more clients; existing ones stay.
  void stop_accepting() { accepting_ = false; }

private:
  static constexpr std::chrono::seconds count_every{1};

  void on_timer() override;

  lane_context& context_;
  bool accepting_ = true;
  std::unique_ptr<fly::listener> socket_;
  fly::listener_counters counted_;
};

}  // namespace ability
