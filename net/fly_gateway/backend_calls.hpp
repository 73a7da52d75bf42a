/// Pending calls to the application on one link to a backend.
/// Source: docs/protocols/flyrpc.md "RPC on id 0"; docs/protocols/app-rpc.md "FlyRPC".
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/lane/timer_wheel.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/fly/mux.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

/// At most 256 at a time, each with its own sequence number. Use on one lane.
class backend_calls {
public:
  explicit backend_calls(timer_wheel& wheel) noexcept : wheel_{wheel} {}
  backend_calls(const backend_calls&) = delete;
  backend_calls& operator=(const backend_calls&) = delete;

  /// Begins a call; the caller sends the packet returned. `done` is called once, with the reply or `timed_out`. If
  /// nothing is returned, `done` was called already: the request is too long, or all numbers are in use.
  std::optional<std::string> begin(const rpc_request& request, std::chrono::milliseconds timeout,
                                   std::function<void(rpc_outcome)> done);

  /// Handles a reply. A reply without a pending call is dropped.
  void finish(const fly::packet& reply);

  /// Call when the link is lost: ends all calls, those that may be repeated as `unavailable`.
  void fail_all(const std::string& why);

private:
  // The number of a call that timed out is reused only when its late reply has come, or after this time.
  static constexpr std::chrono::seconds quarantine{30};

  struct slot final : wheel_timer {
    void on_timer() override { owner->on_timer(*this); }

    backend_calls* owner = nullptr;
    std::uint8_t sequence = 0;
    std::uint16_t command = 0;
    bool repeatable = false;
    std::function<void(rpc_outcome)> done;  // null once it has timed out
  };

  void on_timer(slot& late);
  std::optional<std::uint8_t> free_number();

  timer_wheel& wheel_;
  std::array<std::unique_ptr<slot>, 256> slots_;
  std::uint8_t last_ = 0;
};

}  // namespace ability
