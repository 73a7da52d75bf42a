/// The director: coordination of the processes of a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/load/run/part_talk.hpp"
#include "apps/load/scenario/run_plan.hpp"

namespace ability::load {

/// Opens meets when all parts are ready, ends the run when all have done their steps, and merges the report. It has
/// no clock and no thread: times are nanoseconds of the monotonic clock.
class director {
public:
  using order_part = std::function<void(std::size_t, const part_order&)>;

  director(const run_plan& plan, std::size_t parts, order_part order);
  director(const director&) = delete;
  director& operator=(const director&) = delete;

  void begin(std::int64_t now_ns);
  void on_news(std::size_t part, const part_news& news, std::int64_t now_ns);
  /// The process of a part has died.
  void on_lost(std::size_t part, std::int64_t now_ns);
  /// Ends the run soon: clients do no further steps, and messages in flight have one second to arrive.
  void interrupt(std::int64_t now_ns);
  /// Checks the run's limit and the time of grace. Call it regularly.
  void on_time(std::int64_t now_ns);

  bool is_over() const noexcept { return phase_ == phase::over; }
  run_report& report() noexcept { return report_; }

private:
  enum class phase : std::uint8_t { waiting, running, halting, winding_down, dismissing, over };
  struct part {
    bool is_lost = false;
    bool finished = false;
    bool settled = false;
    bool ended = false;
    std::vector<bool> ready;  // by meet
    std::vector<bool> gone;
  };

  void order_all(const part_order& order);
  void look_at(std::size_t meet);
  void halt(const std::string& why, bool is_failure, std::int64_t now_ns);
  void go_on(std::int64_t now_ns);
  bool all(bool part::*what) const;

  const run_plan& plan_;
  const order_part order_;
  std::vector<part> parts_;
  run_report report_;
  phase phase_ = phase::waiting;
  bool interrupted_ = false;
  std::int64_t limit_ns_ = 0;     // 0: none
  std::int64_t deadline_ns_ = 0;  // end of the phase
};

}  // namespace ability::load
