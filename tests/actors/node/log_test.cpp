#define CAF_SUITE log
#include "actors/node/log.hpp"

#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

std::vector<std::string> lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& [key, value] : fields)
    line.append(" ").append(key).append("=").append(value);
  lines.push_back(std::move(line));
}

struct fixture {
  fixture() { lines.clear(); }
  ~fixture() { set_log(nullptr, log_level::info); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(log_tests, fixture)

CAF_TEST(without a sink nothing is written) {
  CAF_CHECK(!log_enabled(log_level::error));
  log(log_level::error, "lost");
  CAF_CHECK_EQUAL(lines, std::vector<std::string>{});
}

CAF_TEST(a line is a message and its fields) {
  set_log(keep, log_level::info);
  log(log_level::info, "redis lost", {{"reason", "refused"}, {"next_try_ms", "100"}});
  CAF_CHECK_EQUAL(lines, std::vector<std::string>{"redis lost reason=refused next_try_ms=100"});
}

CAF_TEST(the lowest level can be set while lines are written) {
  set_log(keep, log_level::info);
  CAF_CHECK(set_log_level(log_level::error) == log_level::info);
  log(log_level::warn, "x");
  CAF_CHECK(set_log_level(log_level::debug) == log_level::error);
  log(log_level::debug, "y");
  CAF_CHECK_EQUAL(lines, std::vector<std::string>{"y"});
}

CAF_TEST(levels have names) {
  CAF_CHECK(name_of(log_level::debug) == "debug");
  CAF_CHECK(name_of(log_level::info) == "info");
  CAF_CHECK(name_of(log_level::warn) == "warn");
  CAF_CHECK(name_of(log_level::error) == "error");
}

CAF_TEST(lines below the lowest level are not written) {
  set_log(keep, log_level::warn);
  CAF_CHECK(!log_enabled(log_level::info));
  CAF_CHECK(log_enabled(log_level::warn));
  for (const auto level : {log_level::debug, log_level::info, log_level::warn, log_level::error})
    log(level, "x");
  CAF_CHECK_EQUAL(lines.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
