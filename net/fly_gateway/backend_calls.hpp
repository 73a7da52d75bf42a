/// Calls to the application that wait for their replies on one link to a backend.
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

/// At most 256 at a time, each with a sequence number that no other has. Used on one lane.
class backend_calls {
public:
  explicit backend_calls(timer_wheel& wheel) noexcept : wheel_{wheel} {}
  backend_calls(const backend_calls&) = delete;
  backend_calls& operator=(const backend_calls&) = delete;

  /// Has `done` called once: with the reply to what is returned, a packet's bytes, which the caller sends; or with
  /// `timed_out`. Without a packet, `done` was called already: the request is too long, or all numbers are taken.
  std::optional<std::string> begin(const rpc_request& request, std::chrono::milliseconds timeout,
                                   std::function<void(rpc_outcome)> done);

  /// Takes a reply. One that nobody waits for is dropped.
  void finish(const fly::packet& reply);

  /// The link is lost: all calls end. Those that may be made a second time, as `unavailable`.
  void fail_all(const std::string& why);

private:
  // A number whose call has timed out is not used again before the late reply has come, or cannot come any more.
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
