#define CAF_SUITE report_wire

#include "apps/load/report/report_wire.hpp"

#include <caf/test/unit_test.hpp>
#include <random>

#include "tests/apps_load/report_sample.hpp"

using ability::load::from_wire;
using ability::load::outcome;
using ability::load::run_report;
using ability::load::sample_report;
using ability::load::to_wire;

CAF_TEST(a report comes out as it went in) {
  auto report = sample_report();
  report.ended = outcome::interrupted;
  report.notes = {"one", "two \" \n \xc3\xa9"};
  const auto line = to_wire(report);
  CAF_CHECK(line.find('\n') == std::string::npos);
  const auto back = from_wire(line);
  CAF_REQUIRE(back.has_value());
  CAF_CHECK(to_wire(*back) == line);
  CAF_CHECK_EQUAL(back->scenario, report.scenario);
  CAF_CHECK_EQUAL(back->target, report.target);
  CAF_CHECK_EQUAL(back->began_ms, report.began_ms);
  CAF_CHECK(back->notes == report.notes);
  CAF_CHECK(back->ended == outcome::interrupted);
  CAF_CHECK(back->total == report.total);
  CAF_CHECK_EQUAL(back->latency.count(), report.latency.count());
  CAF_CHECK_EQUAL(back->latency.sum(), report.latency.sum());
  CAF_CHECK_EQUAL(back->latency.min(), report.latency.min());
  CAF_CHECK_EQUAL(back->latency.max(), report.latency.max());
  for (const double part : {0.1, 0.5, 0.99, 0.9999})
    CAF_CHECK_EQUAL(back->latency.at(part), report.latency.at(part));
  CAF_CHECK(back->groups[1].troubles == report.groups[1].troubles);
  CAF_CHECK(back->groups[1].speaks == report.groups[1].speaks);
  CAF_REQUIRE_EQUAL(back->seconds.size(), report.seconds.size());
  CAF_CHECK_EQUAL(back->seconds[30].at_s, report.seconds[30].at_s);
  CAF_CHECK(back->seconds[30].counted == report.seconds[30].counted);
  CAF_CHECK_EQUAL(back->seconds[30].latency.at(0.99), report.seconds[30].latency.at(0.99));
  CAF_CHECK_EQUAL(back->seconds[30].server->rss_bytes, report.seconds[30].server->rss_bytes);
  CAF_CHECK_EQUAL(back->assertions[1].actual, 3u);
  CAF_CHECK(back->assertions[0].what.max == report.assertions[0].what.max);
  CAF_CHECK_EQUAL(back->server_before->cpu_s, 1.5);
}

CAF_TEST(an empty report and the extremes of numbers) {
  run_report report;
  report.total.fill(std::numeric_limits<std::uint64_t>::max());
  report.server_after = {1e300, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  report.lag.record(std::numeric_limits<std::int64_t>::max());
  const auto back = from_wire(to_wire(report));
  CAF_REQUIRE(back.has_value());
  CAF_CHECK(to_wire(*back) == to_wire(report));
  CAF_CHECK_EQUAL(back->total[0], std::numeric_limits<std::uint64_t>::max());
  CAF_CHECK_EQUAL(back->server_after->rss_bytes, std::numeric_limits<std::int64_t>::min());
  CAF_CHECK_EQUAL(back->lag.max(), std::numeric_limits<std::int64_t>::max());
  CAF_CHECK(!back->server_before.has_value());
}

CAF_TEST(texts that are no UTF8 neither break the line nor fall together) {
  run_report report;
  report.groups = {{{0, {{"\xff", 2}, {"\xfe", 3}}}, "a", {}, 5}};
  const auto back = from_wire(to_wire(report));
  CAF_REQUIRE(back.has_value());
  CAF_REQUIRE_EQUAL(back->groups[0].troubles.size(), 1u);
  CAF_CHECK_EQUAL(back->groups[0].troubles.begin()->second, 5u);
}

CAF_TEST(garbage is an error) {
  for (const char* text : {"", "{", "null", "[]", "{}", "[1]", "\"\"", "[[[[[[[[", "\xff\xfe"})
    CAF_CHECK(from_wire(text).has_error());
  const auto line = to_wire(run_report{});
  CAF_CHECK(from_wire(line).has_value());
  const auto with = [&](std::string_view from, std::string_view to) {
    auto changed = line;
    const auto at = changed.find(from);
    CAF_REQUIRE(at != std::string::npos);
    return from_wire(changed.replace(at, from.size(), to));
  };
  CAF_CHECK(with("[0,0,0.0]", "[5,5,5.0,5,1]").has_value());       // correct
  CAF_CHECK(with("[0,0,0.0]", "[5,5,5.0,5,-1]").has_error());      // negative
  CAF_CHECK(with("[0,0,0.0]", "[5,5,5.0,5,1.5]").has_error());     // not an integer
  CAF_CHECK(with("[0,0,0.0]", "[5,5,5.0,999999,1]").has_error());  // no such bucket
  CAF_CHECK(with("[0,0,0.0]", "[5,4,5.0,5,1]").has_error());       // minimum above maximum
  CAF_CHECK(with("[0,0,0.0]", "[0,0,0.0,5]").has_error());         // half a bucket
  CAF_CHECK(with("[0,0,0.0]", "[5,5,1e400,5,1]").has_error());     // out of range
  CAF_CHECK(with("[\"\",", "[").has_error());                      // a part is missing
}

CAF_TEST(a line that is cut or changed anywhere never does harm) {
  const auto line = to_wire(sample_report(5));
  for (std::size_t size = 0; size < line.size(); size += 1 + size / 100)
    CAF_CHECK(from_wire(line.substr(0, size)).has_error());
  std::mt19937_64 random{1};
  std::size_t refused = 0;
  for (int i = 0; i < 500; ++i) {
    auto changed = line;
    for (int n = 0; n < 3; ++n)
      changed[random() % changed.size()] = static_cast<char>(random());
    const auto back = from_wire(changed);
    refused += back.has_error() ? 1 : 0;
    if (back)
      CAF_CHECK(!to_wire(*back).empty());
  }
  CAF_CHECK_GREATER(refused, 100u);
}
