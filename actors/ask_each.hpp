/// One question to many actors.
#pragma once

#include <caf/error.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ability {

/// Asks all of `whom` the same, and calls `then` once, with their answers in the order of `whom`: none of one that had
/// none within `patience`. If `self` ends first, `then` is not called.
template <class Answer, class Self, class Handle, class Question, class Then>
void ask_each(Self* self, const std::vector<Handle>& whom, const Question& what, std::chrono::seconds patience,
              Then then) {
  struct gathering {
    std::vector<std::optional<Answer>> answers;
    std::size_t missing;
    Then then;

    void end_one() {
      if (--missing == 0)
        then(std::move(answers));
    }
  };
  if (whom.empty()) {
    then(std::vector<std::optional<Answer>>{});
    return;
  }
  const auto all = std::make_shared<gathering>(
      gathering{std::vector<std::optional<Answer>>(whom.size()), whom.size(), std::move(then)});
  for (std::size_t i = 0; i < whom.size(); ++i)
    self->request(whom[i], patience, what)
        .then(
            [all, i](Answer& answer) {
              all->answers[i] = std::move(answer);
              all->end_one();
            },
            [all](const caf::error&) { all->end_one(); });
}

}  // namespace ability
