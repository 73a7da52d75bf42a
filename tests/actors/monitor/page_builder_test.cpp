#define CAF_SUITE page_builder
// Pages that are filled in rounds.
#include "actors/monitor/page_builder.hpp"

#include <nlohmann/json.hpp>

#include "protocol/monitor/answers.hpp"

#include "caf/test/dsl.hpp"

using namespace ability;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;
using lines = std::vector<std::optional<stream_line>>;
using cursor = std::optional<std::string>;

lines named(const texts& names) {
  lines all;
  for (const auto& name : names)
    all.emplace_back(stream_line{name});
  return all;
}

struct fixture {
  page_builder page{"streams"};

  texts names(std::string_view next = {}) {
    texts all;
    const auto answer = json::parse(page.finish(next, 9));
    for (const auto& line : answer["streams"])
      all.push_back(line["name"]);
    return all;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(page_builder_tests, fixture)

CAF_TEST(a page ends with its limit and names the next one) {
  page.begin(2, "");
  CAF_CHECK_EQUAL(page.room(), 2u);
  CAF_CHECK_EQUAL(page.add(texts{"a", "b", "c"}, named({"a", "b", "c"}), false), cursor{"b"});
  CAF_CHECK_EQUAL(
      page.finish("b", 9),
      R"({"streams":[{"name":"a","subscribers":0,"gaps":0,"lost":0,"position":null,"kept":0,"bytes":0},)"
      R"({"name":"b","subscribers":0,"gaps":0,"lost":0,"position":null,"kept":0,"bytes":0}],"next":"b","total":9})");
}

CAF_TEST(a full page is the last one if no record follows) {
  page.begin(2, "");
  CAF_CHECK_EQUAL(page.add(texts{"a", "b"}, named({"a", "b"}), false), cursor{""});
}

CAF_TEST(a full page is not the last one if records may follow) {
  page.begin(2, "");
  CAF_CHECK_EQUAL(page.add(texts{"a", "b"}, named({"a", "b"}), true), cursor{"b"});
}

CAF_TEST(rounds go on behind the last record until the page is full) {
  page.begin(3, "0");
  CAF_CHECK_EQUAL(page.after(), "0");
  CAF_CHECK_EQUAL(page.add(texts{"a", "b"}, lines{stream_line{"a"}, std::nullopt}, true), cursor{});
  CAF_CHECK_EQUAL(page.after(), "b");
  CAF_CHECK_EQUAL(page.room(), 2u);
  CAF_CHECK_EQUAL(page.add(texts{}, lines{}, true), cursor{});
  page.skip_to("m");
  CAF_CHECK_EQUAL(page.after(), "m");
  CAF_CHECK_EQUAL(page.add(texts{"n"}, named({"n"}), false), cursor{""});
  CAF_CHECK_EQUAL(names(), (texts{"a", "n"}));
}

CAF_TEST(a page without room for a line ends before it) {
  page.begin(1'000, "");
  texts keys;
  for (auto i = 0; i < 30; ++i)
    keys.push_back(std::to_string(100 + i) + std::string(50'000, 'x'));
  const auto next = page.add(keys, named(keys), false);
  CAF_REQUIRE(next);
  const auto listed = names(*next);
  CAF_CHECK_LESS(listed.size(), keys.size());
  CAF_CHECK_GREATER(listed.size() * 50'000, max_answer_size / 2);
  CAF_CHECK_EQUAL(*next, keys[listed.size() - 1]);
}

CAF_TEST_FIXTURE_SCOPE_END()
