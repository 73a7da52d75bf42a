#define CAF_SUITE report_json

#include "apps/load/report/report_json.hpp"

#include <caf/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/apps_load/report_sample.hpp"

using nlohmann::ordered_json;

using namespace ability::load;

namespace {

std::string keys_of(const ordered_json& object) {
  std::string keys;
  for (const auto& [key, value] : object.items())
    keys += (keys.empty() ? "" : " ") + key;
  return keys;
}

}  // namespace

CAF_TEST(names stay as they are) {
  const auto told = report_json(sample_report());
  CAF_CHECK(keys_of(told) ==
            "format version scenario about target began_at lasted_s machine processes lanes outcome exit_code headline "
            "notes totals bytes_received latency_ms unhurried_ms connect_ms subscribe_ms publish_ms lateness_ms lag_ms "
            "busy server groups assertions seconds");
  CAF_CHECK(keys_of(told["totals"]) ==
            "connected connect_failures disconnects subscribed rejected resumed resume_refused performed published "
            "refused delivered lost "
            "missed duplicates out_of_order foreign unmet failed_clients");
  CAF_CHECK(keys_of(told["latency_ms"]) == "count mean min p50 p90 p99 p99_9 max");
  CAF_CHECK(keys_of(told["busy"]) == "from_s to_s published_per_s delivered_per_s");
  CAF_CHECK(keys_of(told["server"]) ==
            "cpu_s cpu_us_per_delivery rss_before_bytes rss_after_bytes rss_most_bytes descriptors_before "
            "descriptors_after");
  CAF_CHECK(keys_of(told["groups"][0]) == "name protocol clients completed troubles");
  CAF_CHECK(keys_of(told["assertions"][0]) == "tally min max actual held");
  CAF_CHECK(keys_of(told["seconds"][0]) == "at_s connections counted latency_ms lag_ms generator_cores server");
  CAF_CHECK(keys_of(told["seconds"][0]["server"]) == "cpu_s rss_bytes descriptors");
}

CAF_TEST(figures are those of the report in the units of their names) {
  auto report = sample_report();
  const auto told = report_json(report);
  CAF_CHECK(told["format"] == "ability-load-report");
  CAF_CHECK(told["began_at"] == "2026-11-22T20:00:00Z");
  CAF_CHECK(told["outcome"] == "failed");
  CAF_CHECK(told["exit_code"] == 1);
  CAF_CHECK(told["headline"] == "Failed: lost is 3, which had to be 0.");
  CAF_CHECK(told["totals"]["delivered"] == 47'000'000);
  CAF_CHECK(told["latency_ms"]["count"] == 47'000'000);
  CAF_CHECK(told["latency_ms"]["p99_9"] == static_cast<double>(report.latency.at(0.999)) / 1e6);
  CAF_CHECK(told["busy"]["delivered_per_s"] == 1'000'000.0);
  CAF_CHECK(told["busy"]["published_per_s"] == 100.0);
  CAF_CHECK_LESS(std::abs(told["server"]["cpu_us_per_delivery"].get<double>() - 0.601), 0.001);
  CAF_CHECK(told["groups"][1]["protocol"] == "fly_tcp");
  CAF_CHECK(told["groups"][1]["troubles"]["connection refused"] == 1'203);
  CAF_CHECK(told["assertions"][0]["max"].is_null());
  CAF_CHECK(told["assertions"][1]["max"] == 0);
  CAF_CHECK(told["assertions"][1]["held"] == false);
  CAF_CHECK(told["seconds"].size() == 60);
  CAF_CHECK(told["seconds"][29]["counted"]["delivered"] == 1'000'000);
  CAF_CHECK(told["seconds"][0]["latency_ms"]["p99"].is_null());
  CAF_CHECK(report_json(report, 10)["seconds"].size() == 10);
  report.ended = outcome::generator_limited;
  CAF_CHECK(report_json(report)["outcome"] == "generator_limited");
}

CAF_TEST(what is not known is null) {
  run_report report;
  report.seconds.resize(1);
  report.server_before = server_sample{};
  auto told = report_json(report);
  CAF_CHECK(told["busy"].is_null());
  CAF_CHECK(told["server"]["cpu_s"].is_null());
  CAF_CHECK(told["server"]["descriptors_after"].is_null());
  CAF_CHECK(told["latency_ms"]["count"] == 0);
  CAF_CHECK(told["latency_ms"]["max"].is_null());
  CAF_CHECK(told["seconds"][0]["server"].is_null());
  CAF_CHECK(told["notes"].is_array());
  report.server_before.reset();
  CAF_CHECK(report_json(report)["server"].is_null());
}

CAF_TEST(the text is JSON whatever servers said) {
  auto report = sample_report(5);
  report.groups[1].troubles = {{"\xff\"\n", 4}};
  report.notes = {"one", "two"};
  const auto text = report_json_text(report);
  CAF_CHECK(text.ends_with("}\n"));
  const auto told = ordered_json::parse(text);
  CAF_CHECK(told["groups"][1]["troubles"]["\xef\xbf\xbd\"\n"] == 4);
  CAF_CHECK(told["notes"][1] == "two");
}
