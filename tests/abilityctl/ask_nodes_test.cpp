#define CAF_SUITE ask_nodes
#include "apps/abilityctl/monitor/ask_nodes.hpp"

#include "apps/abilityctl/monitor/json_facts.hpp"
#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

node_answer good(const char* node, json value) {
  return {node, answer<json>{boost::system::in_place_value, std::move(value)}};
}

node_answer bad(const char* node, const char* code) { return {node, trouble{code, "it cannot"}}; }

}  // namespace

CAF_TEST(answers and trouble are told apart by name) {
  const auto all = merged({good("b", {{"x", 1}}), bad("a", "silent")});
  CAF_CHECK_EQUAL(line_of(all), R"({"nodes":{"b":{"x":1}},"errors":{"a":"it cannot"}})");
}

CAF_TEST(nodes without it do not matter if one has it) {
  std::vector answers{bad("a", "not_found"), good("b", {{"x", 1}}), bad("c", "silent")};
  forget_strangers(answers);
  CAF_REQUIRE_EQUAL(answers.size(), 2u);
  CAF_CHECK_EQUAL(answers[0].node, "b");
  CAF_CHECK_EQUAL(answers[1].node, "c");
}

CAF_TEST(nodes without it matter if none has it) {
  std::vector answers{bad("a", "not_found"), bad("b", "not_found")};
  forget_strangers(answers);
  CAF_CHECK_EQUAL(answers.size(), 2u);
}

CAF_TEST(nodes are read from an answer of which nothing is certain) {
  const auto nodes =
      nodes_of(json::parse(R"({"nodes":[{"uuid":"u","name":"a","address":"h:1","state":"self"},{},7]})"));
  CAF_REQUIRE_EQUAL(nodes.size(), 3u);
  CAF_CHECK(nodes[0].is_self());
  CAF_CHECK_EQUAL(nodes[0].address, "h:1");
  CAF_CHECK(!nodes[1].is_self());
  CAF_CHECK_EQUAL(nodes[2].address, "-");
  CAF_CHECK(nodes_of(json::parse(R"({"nodes":"none"})")).empty());
}

CAF_TEST(facts are found by their path or are not there) {
  const auto of = json::parse(R"({"a":{"b":[1,"x"]},"n":12.0,"s":"text","big":18446744073709551615,"null":null})");
  CAF_CHECK_EQUAL(array_at(of, "a.b").size(), 2u);
  CAF_CHECK(array_at(of, "a.b.c").empty());
  CAF_CHECK(value_at(of, "a.x.y").is_null());
  CAF_CHECK_EQUAL(count_at(of, "n"), "12");
  CAF_CHECK_EQUAL(count_at(of, "big"), "18446744073709551615");
  CAF_CHECK_EQUAL(count_at(of, "s"), "-");
  CAF_CHECK_EQUAL(text_at(of, "s"), "text");
  CAF_CHECK_EQUAL(text_at(of, "null"), "-");
  CAF_CHECK_EQUAL(text_at(of, "a.b"), R"([1,"x"])");
  CAF_CHECK(!number_at(of, "s"));
}
