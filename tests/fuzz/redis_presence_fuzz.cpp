#include <string>
#include <string_view>

#include "protocol/redis_presence/presence_answers.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

redis_value text_of_line(std::string_view line) { return {.what = redis_value::kind::text, .text = std::string{line}}; }

// Each line is a text of the list.
redis_value list_of_lines(std::string_view lines) {
  redis_value list{.what = redis_value::kind::list};
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    list.items.push_back(text_of_line(lines.substr(0, end)));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return list;
}

std::string written(const member_event& one) {
  auto text = (one.joined ? "+" : "-") + std::to_string(one.id.size()) + ':';
  if (one.joined)
    text += std::to_string(one.info.size()) + ':';
  return text + one.id + one.info;
}

}  // namespace

/// Input: events as followers are sent them, and the lines of an answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  if (const auto events = read_member_news(bytes)) {
    std::string again;
    for (const auto& each : *events)
      again += written(each);
    const auto reread = read_member_news(again);
    hold(reread && *reread == *events, "what was read is written and read again");
  }
  const auto answer = list_of_lines(bytes);
  const auto orders = answer.items.size() < 2 ? 0 : answer.items.size() - 2;
  const auto applied = read_applied(answer, orders);
  if (const auto* known = std::get_if<presence_applied>(&applied))
    hold(known->done.results.size() == orders, "each order has a result");
  redis_value scanned{.what = redis_value::kind::list, .items = {text_of_line("0"), answer}};
  const auto read = read_scanned(scanned);
  if (const auto* part = std::get_if<scanned_members>(&read))
    hold(2 * part->members.size() <= answer.items.size(), "a member is read once, and what is none is passed over");
  return 0;
}
