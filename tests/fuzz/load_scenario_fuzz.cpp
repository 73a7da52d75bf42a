#include "apps/load/scenario/scenario_check.hpp"
#include "apps/load/scenario/scenario_file.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = load::parse_scenario(as_text(data, size));
  if (!read) {
    const auto shown = read.error().text();
    hold(is_utf8(shown), "an error is text");
    hold(shown.find_first_of("\n\r\x1b") == std::string::npos, "an error is one line");
    hold(!read.error().sentence.empty() && read.error().sentence.size() < 500, "an error is a sentence");
    return 0;
  }
  hold(!read->name.empty() && !read->clients.empty(), "a scenario has a name and clients");
  hold(!load::check(*read), "a scenario has been checked");
  for (const auto& group : read->clients)
    hold(!group.name.empty() && group.count > 0 && group.at_once > 0 && !group.steps.empty(), "a group does something");
  for (const auto& each : read->assertions)
    hold(each.min <= each.max, "an assertion can hold");
  return 0;
}
