// Prints the page of a sample report, for its test in a browser: report_sample [SECONDS] [passed|bare]
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "apps/load/report/report_page.hpp"
#include "tests/apps_load/report_sample.hpp"

int main(int argc, char** argv) {
  using ability::load::tally;
  const auto lasted = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 60;
  const std::string_view kind = argc > 2 ? argv[2] : "";
  auto report = ability::load::sample_report(lasted);
  if (kind == "passed") {
    count_of(report.total, tally::lost) = 0;
    report.groups.erase(report.groups.begin() + 1);
    ability::load::judge(report, {.name = {},
                                  .about = {},
                                  .streams = {},
                                  .clients = {},
                                  .assertions = {{tally::delivered, 1'000}, {tally::lost, 0, 0}}});
  } else if (kind == "bare") {
    report = {};
    report.scenario = "bare";
  } else {
    report.about += " <script>window.injected = true</script> @REPORT@";
    report.notes = {"</script><script>window.injected = true</script><img src=x onerror=\"window.injected = true\">"};
    report.scenario = "<b id=\"injected\">fanout</b>";
  }
  std::cout << report_page(report);
}
