#include <algorithm>

#include "protocol/json/json_text.hpp"
#include "protocol/monitor/answers.hpp"
#include "protocol/monitor/questions.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

// The verb, a line feed, then its arguments.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto end = std::min(text.find('\n'), text.size());
  const auto arguments = text.substr(std::min(end + 1, text.size()));
  const auto decoded = decode_question(text.substr(0, end), arguments);
  if (!decoded) {
    const auto& detail = decoded.error().detail;
    hold(is_utf8(detail) && detail.size() < 1'024, "a detail can be shown");
    hold(validate_json(encode_failure(monitor_error::bad_arguments, detail)).has_value(), "an answer is JSON");
    return 0;
  }
  hold(arguments.empty() || validate_json(arguments).has_value(), "arguments are JSON");
  if (const auto* page = std::get_if<verb::connections>(&*decoded))
    hold(page->limit >= 1 && page->limit <= verb::max_limit, "a limit has its bounds");
  if (const auto* watch = std::get_if<verb::watch>(&*decoded)) {
    hold(watch->events <= all_event_kinds, "only kinds that there are");
    hold(watch->interval.count() == 0 || (watch->interval.count() >= 100 && watch->interval.count() <= 60'000),
         "an interval has its bounds");
  }
  if (const auto* order = std::get_if<verb::disconnect>(&*decoded))
    hold(order->id.empty() != order->identity.empty(), "a disconnect says whom");
  return 0;
}
