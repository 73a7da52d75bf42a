// The pages for users show every option as it is declared, and every example program as it is built.
#define CAF_SUITE readme

#include <fstream>
#include <sstream>
#include <utility>

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in{ABILITY_SOURCE_DIR "/" + path, std::ios::binary};
  if (!in)
    CAF_FAIL("there is no " << path << " at " ABILITY_SOURCE_DIR);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(readme_tests, options_fixture)

CAF_TEST(the table of options is the generated one) {
  const std::string begin = "<!-- options:begin -->";
  const std::string end = "<!-- options:end -->";
  const auto page = text_of("docs/configuration.md");
  auto first = page.find(begin);
  auto last = page.find(end);
  if (first == std::string::npos || last == std::string::npos || last < first)
    CAF_FAIL("docs/configuration.md lacks the lines " << begin << " and " << end << " around the table of options");
  first += begin.size();
  // The markers stand on lines of their own. To renew the text between them: build/abilityd --print-options-table
  CAF_CHECK_EQUAL(page.substr(first, last - first), "\n" + parse({"--print-options-table"}).out);
}

CAF_TEST(the examples are shown as they are built) {
  const std::pair<std::string, std::string> examples[] = {{"chat_backend.cpp", "docs/flyrpc.md"},
                                                          {"chat_client.cpp", "docs/flyrpc.md"},
                                                          {"follower.cpp", "docs/reliable-streams.md"},
                                                          {"watcher.cpp", "docs/monitoring.md"}};
  for (const auto& [file, page] : examples) {
    std::string shown;
    std::istringstream lines{text_of("apps/examples/" + file)};
    for (std::string line; std::getline(lines, line);)
      shown += (line.empty() ? "" : "    " + line) + "\n";
    CAF_CHECK(text_of(page).find(shown) != std::string::npos);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
