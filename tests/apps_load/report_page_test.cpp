#define CAF_SUITE report_page

#include "apps/load/report/report_page.hpp"

#include <caf/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/apps_load/report_sample.hpp"

using ability::load::report_page;
using ability::load::sample_report;

namespace {

std::size_t times(std::string_view what, std::string_view in) {
  std::size_t count = 0;
  for (auto at = in.find(what); at != std::string_view::npos; at = in.find(what, at + 1))
    ++count;
  return count;
}

std::string_view between(std::string_view from, std::string_view to, std::string_view in) {
  const auto begin = in.find(from) + from.size();
  return in.substr(begin, in.find(to, begin) - begin);
}

nlohmann::json data_of(std::string_view page) {
  return nlohmann::json::parse(between("<script type=\"application/json\" id=\"report\">", "</script>", page));
}

}  // namespace

CAF_TEST(the page holds the report and the curves of its histograms) {
  const auto page = report_page(sample_report(5));
  CAF_CHECK(page.starts_with("<!doctype html>"));
  CAF_CHECK(page.ends_with("</html>\n"));
  CAF_CHECK_EQUAL(between("<title>", "</title>", page), "fanout: load test");
  CAF_CHECK_EQUAL(between("<p id=\"headline\">", "</p>", page), "Failed: lost is 3, which had to be 0.");
  const auto data = data_of(page);
  CAF_CHECK(data["format"] == "ability-load-report");
  CAF_CHECK(data["seconds"].size() == 5);
  CAF_CHECK(data["assertions"][0]["wanted"] == "at least 1,000");
  const auto& curve = data["curves"]["latency"];
  CAF_REQUIRE_GREATER(curve.size(), 10u);
  CAF_CHECK(curve.back()[0] == 0.0);
  CAF_CHECK(curve.back()[1] == data["latency_ms"]["max"]);
  for (std::size_t i = 1; i < curve.size(); ++i)
    CAF_CHECK(curve[i][0] < curve[i - 1][0] && curve[i][1] >= curve[i - 1][1]);
}

CAF_TEST(a long run is drawn in few steps) {
  const auto report = sample_report(1'300);
  const auto data = data_of(report_page(report));
  CAF_CHECK(data["seconds"].size() == 434);
  CAF_CHECK(data["totals"]["delivered"] == report.total[static_cast<std::size_t>(ability::load::tally::delivered)]);
}

CAF_TEST(nothing loads and only what the page came with may run) {
  const auto page = report_page(sample_report(5));
  CAF_CHECK_EQUAL(times("http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; script-src "
                        "&#39;sha256-",
                        page),
                  1u);
  for (const char* loader : {" src=\"", "@import", "url("})
    CAF_CHECK_EQUAL(times(loader, page), 0u);
}

CAF_TEST(no text of a report ends an element or begins one) {
  const auto plain = report_page({});
  const std::string evil = "</script><script>x()</script></title><!-- & ' \" @REPORT@ @POLICY@ \xff";
  auto report = sample_report(5);
  report.scenario = report.about = report.target = report.machine = evil;
  report.notes = {evil};
  report.groups[1].name = evil;
  report.groups[1].troubles = {{evil, 1}};
  const auto page = report_page(report);
  for (const char* tag : {"<script", "</script", "</title", "<!--"})
    CAF_CHECK_EQUAL(times(tag, page), times(tag, plain));
  CAF_CHECK(between("<title>", "</title>", page)
                .starts_with("&lt;/script&gt;&lt;script&gt;x()&lt;/script&gt;&lt;/title&gt;&lt;!-- &amp; &#39; &quot; "
                             "@REPORT@ @POLICY@"));
  const auto data = data_of(page);
  CAF_CHECK(data["notes"][0] == "</script><script>x()</script></title><!-- & ' \" @REPORT@ @POLICY@ \xef\xbf\xbd");
  CAF_CHECK(data["groups"][1]["troubles"].size() == 1);
}
