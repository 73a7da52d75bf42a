// README.md shows every option as it is declared.
#define CAF_SUITE readme

#include <fstream>
#include <sstream>

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

CAF_TEST_FIXTURE_SCOPE(readme_tests, options_fixture)

CAF_TEST(the table of options is the generated one) {
  const std::string begin = "<!-- options:begin -->";
  const std::string end = "<!-- options:end -->";
  std::ifstream in{ABILITY_SOURCE_DIR "/README.md", std::ios::binary};
  if (!in)
    CAF_FAIL("there is no README.md at " ABILITY_SOURCE_DIR);
  std::stringstream text;
  text << in.rdbuf();
  auto readme = text.str();
  auto first = readme.find(begin);
  auto last = readme.find(end);
  if (first == std::string::npos || last == std::string::npos || last < first)
    CAF_FAIL("README.md lacks the lines " << begin << " and " << end << " around the table of options");
  first += begin.size();
  // The markers stand on lines of their own; to renew what is between: build/abilityd --print-options-table
  CAF_CHECK_EQUAL(readme.substr(first, last - first), "\n" + parse({"--print-options-table"}).out);
}

CAF_TEST_FIXTURE_SCOPE_END()
