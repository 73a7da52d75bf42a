#define CAF_SUITE load_report

#include "apps/abilityctl/load/load_report.hpp"

#include <cstdlib>
#include <ctime>
#include <sstream>

#include "caf/test/unit_test.hpp"

using namespace ability;
using load::run_report;
using load::tally;

namespace {

load::second quiet_second(double at_s) {
  load::second each;
  each.at_s = at_s;
  each.connections = 1'200;
  return each;
}

run_report small_report() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  run_report report;
  report.scenario = "fan\x1b[2Jout";
  report.about = "All follow one stream.";
  report.target = "ws://127.0.0.1:8080/cable";
  report.began_ms = 1'700'000'000'000;
  report.lasted_s = 12.4;
  report.machine = "a box, 2 cores";
  report.lanes = 2;
  report.notes = {"Cut \x9b short."};
  for (int i = 1; i <= 3; ++i) {
    auto& each = report.seconds.emplace_back(quiet_second(i));
    count_of(each.counted, tally::published) = 10;
    count_of(each.counted, tally::delivered) = 12'000;
    each.latency.record(200);
  }
  count_of(report.total, tally::connected) = 1'200;
  count_of(report.total, tally::published) = 30;
  count_of(report.total, tally::delivered) = 36'000;
  count_of(report.total, tally::lost) = 7;
  report.latency.record(200, 99);
  report.latency.record(255);
  report.groups = {{{1'190, {{"\x1b[31mbroken", 1}, {"HTTP 503", 9}}}, "readers", load::transport::action_cable, 1'200},
                   {{1, {}}, "writer", load::transport::fly_tcp, 1}};
  report.server_before = load::server_sample{.cpu_s = 1, .rss_bytes = 2'048, .descriptors = 5};
  report.seconds[2].server = load::server_sample{.cpu_s = 1.9, .rss_bytes = 9'216, .descriptors = 1'205};
  report.server_after = load::server_sample{.cpu_s = 3, .rss_bytes = 4'096, .descriptors = 6};
  load::scenario plan;
  plan.assertions = {{tally::delivered, 1'000}, {tally::lost, 0, 0}};
  judge(report, plan);
  return report;
}

}  // namespace

CAF_TEST(the whole report line by line) {
  auto report = small_report();
  report.seconds.erase(report.seconds.begin(), report.seconds.begin() + 2);  // too few for a picture
  report.seconds[0].at_s = 1;
  CAF_CHECK_EQUAL(text_of(report, {}), R"(Failed: lost is 7, which had to be 0.
Cut \x9b short.

fan\x1b[2Jout: All follow one stream.
against ws://127.0.0.1:8080/cable, 2023-11-14 22:13:20, 12 s
from 1 process of 2 lanes on a box, 2 cores

   ASSERTED       IS  HAD TO BE
✓  delivered  36,000  at least 1,000
✗  lost            7  0

COUNTED            A SECOND
connected   1,200
published      30        10
delivered  36,000     12.0k
lost            7

TIMES    COUNT     P50     P90     P99   P99.9     MAX
latency    100  200 ns  200 ns  200 ns  255 ns  255 ns

GROUP    PROTOCOL      CLIENTS  COMPLETED
readers  action_cable    1,200      1,190
writer   fly_tcp             1          1

TROUBLES
readers: HTTP 503        9 clients
readers: \x1b[31mbroken   1 client

server: 2.00 s of CPU, 75.0 µs for each delivery, memory 2.0 KiB → 4.0 KiB, at most 9.0 KiB, descriptors 5 → 6
)");
}

CAF_TEST(colours only where they may be) {
  const auto report = small_report();
  CAF_CHECK(text_of(report, {.columns = 100, .ansi = false}).find('\x1b') == std::string::npos);
  const auto text = text_of(report, {.columns = 100, .ansi = true});
  CAF_CHECK(text.starts_with("\x1b[1;31mFailed: lost is 7, which had to be 0.\x1b[0m\n"));
  CAF_CHECK(text.find("\x1b[31m✗  lost            7  0\x1b[0m\n") != std::string::npos);
  CAF_CHECK(text.find("\x1b[2J") == std::string::npos);
}

CAF_TEST(an empty report is still one) {
  CAF_CHECK(
      text_of({}, {}).starts_with("Passed, as nothing was asserted: nobody was let in and nothing was delivered.\n"));
  CAF_CHECK(line_of({}, {}, {}) == "0.0 s  0 lost");
}

CAF_TEST(how it goes on one line) {
  auto report = small_report();
  CAF_CHECK_EQUAL(line_of(report, {}, {}),
                  "3.0 s  1,200 clients  10/s published  12.0k/s delivered  p99 200 ns  7 lost");
  CAF_CHECK_EQUAL(line_of(report, 6, {}),
                  "3.0 s of about 6.0 s  1,200 clients  10/s published  12.0k/s delivered  p99 200 ns  7 lost");
  CAF_CHECK(line_of(report, 2, {}) == line_of(report, {}, {}));  // the run takes longer than planned
  CAF_CHECK_EQUAL(line_of(report, 6, {.columns = 80}),
                  "█████░░░░░ 3.0 s  1,200 clients  pub 10/s  del 12.0k/s  p99 200 ns  7 lost");
  CAF_CHECK_EQUAL(line_of(report, 2, {.columns = 20}), "██████████ 3.0 s  1…");
  report.seconds.push_back(quiet_second(3.5));
  CAF_CHECK_EQUAL(line_of(report, {}, {}), "3.5 s  1,200 clients  0/s published  0/s delivered  p99 -  7 lost");
}

CAF_TEST(a terminal has its line redrawn and any other a line each five seconds) {
  auto report = small_report();
  std::ostringstream terminal;
  std::ostringstream file;
  {
    load_progress on_terminal{terminal, {}};
    load_progress in_file{file, {}};
    for (int i = 4; i <= 14; ++i) {
      report.seconds.push_back(quiet_second(i + 0.01 * i));
      on_terminal.show(report, {.columns = i == 4 ? 30U : 10U});
      in_file.show(report, {});
    }
    CAF_CHECK(
        terminal.str().starts_with("\r4.0 s  1,200 clients  pub 0/…\r5.0 s  1…                    \r6.1 s  1…\r"));
  }
  CAF_CHECK(terminal.str().ends_with("\r14 s  1,…\r         \r"));
  CAF_CHECK(terminal.str().find('\n') == std::string::npos);
  CAF_CHECK_EQUAL(file.str(), R"(4.0 s  1,200 clients  0/s published  0/s delivered  p99 -  7 lost
9.1 s  1,200 clients  0/s published  0/s delivered  p99 -  7 lost
14 s  1,200 clients  0/s published  0/s delivered  p99 -  7 lost
)");
}
