/// Questions about the members of a shared stream.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "actors/stream/presence/messages.hpp"

namespace ability {

/// Questions that wait for the store, and their answers. Those that come while it is read share the next reading: one
/// is under way at a time. Sends nothing.
class member_listings {
public:
  using answer_call = std::function<void(const presence_answer&)>;
  using answer_facts = std::function<void(const presence_facts&)>;

  /// `most_listed`: bytes of members that a client is sent.
  void ask(const presence_call& call, std::size_t most_listed, answer_call answer);

  /// Describes the first members, at most `limit`.
  void ask_facts(std::size_t limit, answer_facts answer);

  /// The bytes of members for which the store is to be asked now; none: nothing is to be asked.
  std::optional<std::size_t> begin_reading();

  /// Answers the questions for which the store was asked.
  void take(const members_content& content);

  /// The same, with a refusal. Returns their number.
  std::size_t fail(std::string_view why);

  bool is_empty() const noexcept { return waiting_.empty() && reading_.empty(); }

private:
  struct question {
    std::size_t max_bytes;  // of the members; 0: their number alone
    bool is_bounded;        // more bytes are refused
    std::size_t limit = 0;  // of `facts`
    answer_call answer = {};
    answer_facts facts = {};
  };

  std::vector<question> waiting_;
  std::vector<question> reading_;
};

}  // namespace ability
