#include <string_view>
#include <utility>
#include <vector>

#include "protocol/redis/consumer_group.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

constexpr std::size_t deepest = 6;

// `(` begins a list and `)` ends it, `~` is nil, any other line a text.
redis_value as_reply(std::string_view lines) {
  std::vector<redis_value> open{{.what = redis_value::kind::list}};
  const auto close = [&open] {
    auto inner = std::move(open.back());
    open.pop_back();
    open.back().items.push_back(std::move(inner));
  };
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line == "(" && open.size() < deepest)
      open.push_back({.what = redis_value::kind::list});
    else if (line == ")" && open.size() > 1)
      close();
    else if (line == "~")
      open.back().items.emplace_back();
    else
      open.back().items.push_back({.what = redis_value::kind::text, .text = std::string{line}});
  }
  while (open.size() > 1)
    close();
  return std::move(open.front());
}

}  // namespace

/// Input: the lines of an answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t longest = 16;
  auto answer = as_reply(as_text(data, size));
  if (const auto claimed = read_claimed(answer); const auto* known = std::get_if<redis_claimed>(&claimed))
    hold(known->ids.size() == answer.items[1].items.size(), "each id that was taken over is read");
  if (const auto id = read_first_own(answer))
    hold(read_entry_id(to_text(*id)) == id, "an id is written as it is read");
  const auto taken = read_taken(answer, longest);
  if (const auto* entries = std::get_if<std::vector<redis_entry>>(&taken))
    for (const auto& each : *entries)
      hold(each.payload.size() <= longest && (each.what == redis_entry::content::payload || each.payload.empty()),
           "a payload is not longer than wanted");
  return 0;
}
