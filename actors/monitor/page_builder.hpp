/// A page of records while it is filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/monitor/record_answers.hpp"

namespace ability {

/// Fills the page of an answer with records in the order of their keys, over several rounds.
class page_builder {
public:
  /// `what` is the JSON key of the lines.
  explicit page_builder(std::string_view what) : lines_{what} {}

  /// Begins a page of at most `limit` lines, at least one, behind the key `after`.
  void begin(std::size_t limit, std::string after) {
    limit_ = limit;
    after_ = std::move(after);
  }

  /// The key behind which the next round begins.
  const std::string& after() const noexcept { return after_; }
  void skip_to(std::string key) { after_ = std::move(key); }

  /// Number of lines that are missing.
  std::size_t room() const noexcept { return limit_ - lines_.lines(); }

  /// Adds the records of a round; a line is none if its record has ended or is not wanted. `more`: others may follow.
  /// Returns none while the page is incomplete, else the cursor of the next page, which is empty on the last one.
  template <class Line>
  std::optional<std::string> add(const std::vector<std::string>& keys, const std::vector<std::optional<Line>>& lines,
                                 bool more) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (lines[i] && !lines_.add(*lines[i]))
        return after_;
      after_ = keys[i];
      if (room() == 0)
        return more || i + 1 < keys.size() ? after_ : std::string{};
    }
    return more ? std::nullopt : std::optional{std::string{}};
  }

  /// The page as JSON; `total` is the number of all records of the node.
  std::string finish(std::string_view next, std::uint64_t total) { return std::move(lines_).finish(next, total); }

private:
  page_writer lines_;
  std::size_t limit_ = 0;
  std::string after_;
};

}  // namespace ability
