/// The part that all query actors share: each answers one question of a monitoring program, and ends.
#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/monitor/messages.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

/// Base of the states of query actors. A query asks other actors in rounds; a round ends when all have answered, or
/// after `timeout`. It replies once, and ends then. The rounds of a query and the records of a round are bounded, so
/// that a node with a million connections answers as soon as any other.
class query_state {
public:
  static constexpr const char* name = "ability.query";
  static constexpr std::chrono::seconds timeout{2};  ///< of a round

  explicit query_state(query_actor::pointer self) : self_{self} {}
  query_state(const query_state&) = delete;
  query_state& operator=(const query_state&) = delete;
  /// Answers with an error if nothing was answered: CAF would leave the request open at the monitor.
  virtual ~query_state();

  void start(lane_home& home) { home_ = &home; }
  query_actor::behavior_type make_behavior();

protected:
  /// Answers in the order of the actors asked; none for an actor that has ended or was too late.
  template <class Answer>
  using answers = std::vector<std::optional<Answer>>;

  template <class Answer>
  static bool all_there(const answers<Answer>& found) {
    for (const auto& each : found)
      if (!each)
        return false;
    return true;
  }

  /// Begins to look for the answer. The search ends with `answer` or `fail`.
  virtual void run() = 0;

  /// Replies and ends.
  void answer(std::string json);
  void fail(monitor_error code, std::string_view message);
  void fail_for_stuck_lane();

  /// Begins a round: sends `what` to each of `whom`; calls `then` with all answers when the round ends.
  template <class Answer, class Handle, class Question, class Then>
  void ask_each(const std::vector<Handle>& whom, const Question& what, Then then);

  std::vector<registry_actor> registries() const;

  query_actor::pointer self_;
  lane_home* home_ = nullptr;

private:
  void answer_came();
  void end_round();

  caf::typed_response_promise<monitor_answer> reply_;
  std::uint64_t round_ = 0;
  std::size_t missing_ = 0;          // answers in this round
  std::function<void()> then_ = {};  // called at the end of the round
};

// One timer for all: a timeout for each of a thousand requests would be a thousand timers, of which CAF stops none.
template <class Answer, class Handle, class Question, class Then>
void query_state::ask_each(const std::vector<Handle>& whom, const Question& what, Then then) {
  const auto found = std::make_shared<answers<Answer>>(whom.size());
  then_ = [found, then = std::move(then)] { then(std::move(*found)); };
  missing_ = whom.size();
  const auto round = ++round_;
  if (whom.empty()) {
    end_round();
    return;
  }
  self_->delayed_send(self_, timeout, query_timeout{round});
  for (std::size_t i = 0; i < whom.size(); ++i)
    self_->request(whom[i], caf::infinite, what)
        .then(
            [this, found, i, round](Answer& each) {
              if (round == round_) {
                (*found)[i] = std::move(each);
                answer_came();
              }
            },
            [this, round](const caf::error&) {
              if (round == round_)
                answer_came();
            });
}

}  // namespace ability
