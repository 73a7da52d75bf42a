#define CAF_SUITE table
#include "apps/abilityctl/terminal/table.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

table people() {
  table rows{{{"NAME"}, {"AGE", true}, {"CITY"}}};
  rows.add({"Ann", "7", "Bonn"});
  rows.add({"日本 caf\u00e9", "1234", ""});
  return rows;
}

}  // namespace

CAF_TEST(texts are to the left and figures to the right) {
  CAF_CHECK_EQUAL(people().text({}),
                  "NAME        AGE  CITY\n"
                  "Ann           7  Bonn\n"
                  "日本 caf\u00e9  1234\n");
}

CAF_TEST(cells cannot steer the terminal or break a line) {
  table rows{{{"NAME"}}};
  rows.add({"a\x1b[2Jb\nc"});
  CAF_CHECK_EQUAL(rows.text({}), "NAME\na\\x1b[2Jb\\nc\n");
}

CAF_TEST(the header is bold where that is allowed) {
  const auto lines = people().lines({.columns = 80, .ansi = true});
  CAF_CHECK_EQUAL(lines[0], "\x1b[1mNAME        AGE  CITY\x1b[0m");
  CAF_CHECK_EQUAL(lines[1], "Ann           7  Bonn");
}

CAF_TEST(without titles there is no header) {
  table rows{{{""}, {""}}};
  rows.add({"a", "b"});
  CAF_CHECK_EQUAL(rows.text({}), "a  b\n");
}

CAF_TEST(the widest texts are clipped first and whole ones never) {
  table rows{{{.title = "ID", .is_whole = true}, {"LONG"}, {"LONGER"}}};
  rows.add({std::string(20, 'i'), std::string(20, 'a'), std::string(30, 'b')});
  const auto line = rows.lines({.columns = 62})[1];
  CAF_CHECK_EQUAL(line, std::string(20, 'i') + "  " + std::string(18, 'a') + "…  " + std::string(18, 'b') + "…");
  CAF_CHECK_EQUAL(width_of(line), 62u);
}

CAF_TEST(columns that have no room are left out and the header says so) {
  table rows{{{"NAME"}, {"A", true}, {"B", true}}};
  rows.add({"x", "1000000", "2000000"});
  const auto lines = rows.lines({.columns = 18});
  CAF_CHECK_EQUAL(lines[0], "NAME        A  …");
  CAF_CHECK_EQUAL(lines[1], "x     1000000");
  for (std::size_t columns = 1; columns < 40; ++columns)
    for (const auto& line : rows.lines({.columns = columns}))
      CAF_CHECK(width_of(line) <= columns);
}
