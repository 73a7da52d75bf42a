#include <string>
#include <string_view>

#include "protocol/redis_log/log_answers.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

// Each line is a text of the list; one that is empty begins a list in it, up to the next such line.
redis_value as_list(std::string_view lines) {
  redis_value outer{.what = redis_value::kind::list};
  redis_value inner{.what = redis_value::kind::list};
  bool is_inner = false;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.empty()) {
      if (is_inner)
        outer.items.push_back(std::move(inner));
      inner = {.what = redis_value::kind::list};
      is_inner = !is_inner;
    } else {
      (is_inner ? inner : outer).items.push_back({.what = redis_value::kind::text, .text = std::string{line}});
    }
  }
  if (is_inner)
    outer.items.push_back(std::move(inner));
  return outer;
}

}  // namespace

/// Input: a publication as followers are sent it, and the lines of an answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  if (const auto news = read_news("s", bytes)) {
    hold(news->entry.offset > 0 && news->epoch != 0, "a publication has a position");
    const auto again = unpack_broadcast("s", pack_broadcast(news->entry.message));
    hold(again && again->data == news->entry.message.data, "what was unpacked is packed again");
  }
  const auto answer = as_list(bytes);
  if (const auto added = read_appended(answer); const auto* known = std::get_if<log_appended>(&added))
    hold(known->what == log_appended::outcome::unsure || known->at.offset > 0, "a publication has a position");
  const auto read = read_content("s", answer);
  if (const auto* content = std::get_if<log_content>(&read))
    for (std::size_t i = 1; i < content->entries.size(); ++i)
      hold(content->entries[i].offset == content->entries[i - 1].offset + 1, "entries have no gaps");
  return 0;
}
