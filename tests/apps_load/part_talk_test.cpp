#define CAF_SUITE part_talk

#include "apps/load/run/part_talk.hpp"

#include <caf/test/unit_test.hpp>

using namespace ability::load;

CAF_TEST(orders come over the line as they were) {
  const part_order order{part_order::kind::halt, 3, -5, true, "cut short by the limit"};
  const auto line = to_wire(order);
  CAF_CHECK_EQUAL(line.find('\n'), std::string::npos);
  const auto read = order_from_wire(line);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(read->what == order.what);
  CAF_CHECK_EQUAL(read->meet, 3u);
  CAF_CHECK_EQUAL(read->at_ns, -5);
  CAF_CHECK(read->is_failure);
  CAF_CHECK_EQUAL(read->why, order.why);
}

CAF_TEST(news come over the line with their reports) {
  part_news news{part_news::kind::ended, 2, {}};
  news.report.notes = {"two\nlines"};
  news.report.latency.record(7);
  const auto line = to_wire(news);
  CAF_CHECK_EQUAL(line.find('\n'), std::string::npos);
  const auto read = news_from_wire(line);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(read->what == news.what);
  CAF_CHECK_EQUAL(read->meet, 2u);
  CAF_CHECK_EQUAL(read->report.notes, news.report.notes);
  CAF_CHECK_EQUAL(read->report.latency.count(), 1u);
}

CAF_TEST(what is cut short or of another version is an error) {
  const auto order = to_wire(part_order{});
  for (std::size_t size = 0; size < order.size(); ++size)
    CAF_CHECK(!order_from_wire(order.substr(0, size)));
  CAF_CHECK(!order_from_wire("99 0 0 0 "));
  CAF_CHECK(!order_from_wire("x 0 0 0 "));
  CAF_CHECK(!news_from_wire("6 0 "));
  CAF_CHECK(!news_from_wire("4 0 {"));
  const auto news = to_wire(part_news{part_news::kind::counted, 0, {}});
  for (std::size_t size = 5; size < news.size(); size += 7)
    CAF_CHECK(!news_from_wire(news.substr(0, size)));
}
