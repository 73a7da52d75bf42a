/// An application as the app_server actor reaches it.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/app/app_server.hpp"

namespace ability {

/// A reply of success without further fields.
inline rpc_reply success() { return {.status = rpc_status::success}; }

/// Keeps the promises of `app_transport`. A test answers by `script` at once, or one by one from `open`.
class fake_app_transport final : public app_transport {
public:
  struct attempt {
    rpc_request request;  // a copy, as on the wire: the caller may drop its own
    std::chrono::milliseconds timeout;
  };

  // -- set by a test -------------------------------------------------------------------------------------------------

  /// Answers at once; nullopt: the attempt waits for the test.
  std::function<std::optional<rpc_outcome>(const rpc_request&)> script;

  // -- results -------------------------------------------------------------------------------------------------------

  std::vector<attempt> made;  ///< all attempts, in their order
  std::size_t most_open = 0;  ///< highest number of attempts open at a time
  std::size_t stops = 0;
  bool called_when_stopped = false;
  std::vector<bool> probes;                            ///< one entry per probe: whether it uses a new connection
  std::function<void(probe_outcome)> probe_done = {};  ///< ends the last probe

  /// Number of attempts without an answer.
  std::size_t open() const { return open_.size(); }

  /// The sid of each attempt.
  std::vector<std::string> sids() const {
    std::vector<std::string> all;
    for (const auto& each : made)
      all.push_back(each.request.sid);
    return all;
  }

  /// Answers the open attempt number `place`.
  void answer(rpc_outcome outcome, std::size_t place = 0) {
    const auto found = open_.begin() + static_cast<std::ptrdiff_t>(place);
    const auto done = std::move(*found);
    open_.erase(found);
    done(std::move(outcome));
  }

  void answer(rpc_failure why, std::size_t place = 0) { answer(rpc_error{why, "made up"}, place); }

  void answer_all(const rpc_outcome& outcome) {
    while (!open_.empty())
      answer(outcome);
  }

  void call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
            std::function<void(rpc_outcome)> done) override {
    called_when_stopped = called_when_stopped || stops > 0;
    made.push_back({*request, timeout});
    open_.push_back(std::move(done));
    most_open = std::max(most_open, open_.size());
    if (script)
      if (auto outcome = script(made.back().request))
        answer(std::move(*outcome), open_.size() - 1);
  }

  void probe(bool afresh, std::chrono::milliseconds, std::function<void(probe_outcome)> done) override {
    probes.push_back(afresh);
    probe_done = std::move(done);
  }

  void stop() override {
    ++stops;
    answer_all(rpc_error{rpc_failure::unavailable, "stopped"});
  }

private:
  std::deque<std::function<void(rpc_outcome)>> open_;
};

}  // namespace ability
