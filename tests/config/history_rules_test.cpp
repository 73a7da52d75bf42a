#define CAF_SUITE history_rules
#include "config/history_rules.hpp"

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(history_rules_tests, options_fixture)

CAF_TEST(rules are read and written) {
  const auto rules = read_history_rules(" chat/*:limit=500, ttl=1h ; typing/*:off;a:b:ttl=500ms;");
  CAF_REQUIRE(rules);
  CAF_REQUIRE_EQUAL(rules->size(), 3u);
  CAF_CHECK_EQUAL(rules->at(0).pattern, "chat/*");
  CAF_CHECK(rules->at(0).limit == 500u && rules->at(0).ttl == 1h && !rules->at(0).is_off);
  CAF_CHECK(rules->at(1).is_off);
  CAF_CHECK_EQUAL(rules->at(2).pattern, "a:b");
  CAF_CHECK(!rules->at(2).limit && rules->at(2).ttl == 500ms);
  const auto text = history_rules_text(*rules);
  CAF_CHECK_EQUAL(text, "chat/*:limit=500,ttl=3600;typing/*:off;a:b:ttl=500ms");
  CAF_CHECK_EQUAL(history_rules_text(*read_history_rules(text)), text);
  CAF_CHECK(read_history_rules("")->empty());
}

CAF_TEST(other texts are refused) {
  for (const auto* wrong : {"chat", "chat:", ":off", " :off", "chat:on", "chat:limit", "chat:limit=", "chat:limit=0",
                            "chat:limit=-1", "chat:limit=1000001", "chat:limit=1;x", "chat:ttl=0", "chat:ttl=721h",
                            "chat:ttl=soon", "chat:age=1", "chat:limit=1,off", "chat:off,limit=1"})
    CAF_CHECK(!read_history_rules(wrong));
  for (const auto* with_comma : {"chat:off,typing:off", "chat:limit=1,typing:off", "chat:ttl=1s,typing:limit=1"})
    CAF_CHECK(!read_history_rules(with_comma));
}

CAF_TEST(the rule that is wrong is named) {
  CAF_CHECK_EQUAL(wrong_history_rule("a:off; b:on ;c:maybe"), "b:on");
  CAF_CHECK_EQUAL(wrong_history_rule("a:off;;b:limit=1"), "");
  const auto error = parse({"--history-streams", "chat/*:limit=5;typing/*:on"}).err;
  CAF_CHECK(error.find("but the rule \"typing/*:on\" must be NAME:limit=N") != std::string::npos);
}

CAF_TEST(the bounds of ids and positions are read) {
  const auto given = good({"--history-dedupe=90s", "--history-max-ids=7", "--history-max-positions=8"}).node.history;
  CAF_CHECK(given.dedupe == 90s);
  CAF_CHECK_EQUAL(given.max_ids, 7u);
  CAF_CHECK_EQUAL(given.max_positions, 8u);
  CAF_CHECK(good({"--history-dedupe=0"}).node.history.dedupe == 0s);
  CAF_CHECK(good({}).node.history.dedupe == 2min);
  for (const auto* wrong : {"--history-dedupe=-1s", "--history-dedupe=2d", "--history-max-ids=-1"})
    CAF_CHECK(!parse({wrong}).err.empty());
}

CAF_TEST(a memory broker in a cluster is refused with the remedy) {
  const auto result = parse({"--broker", "memory", "--cluster-listen", "127.0.0.1:0", "--cluster-secret", "s"});
  CAF_CHECK(result.err.find("--cluster-listen makes a cluster; give --broker none, or leave it out.") !=
            std::string::npos);
  CAF_CHECK_EQUAL(good({"--history-streams", "a:off"}).node.history.rules.size(), 1u);
}

CAF_TEST(logs in Redis need a Redis and take nothing from a channel) {
  CAF_CHECK(parse({"--broker", "redis"}).err.find("no Redis is named: give --redis-url.") != std::string::npos);
  CAF_CHECK(parse({"--broker", "redis", "--redis-url", "redis://a", "--redis-channel", "news"})
                .err.find("publish by HTTP, and leave it out.") != std::string::npos);
  const auto given = good({"--broker", "redis", "--redis-url", "redis://a", "--redis-key-prefix", "shop",
                           "--redis-answer-timeout", "2s", "--redis-max-pending-commands", "7"});
  CAF_CHECK(given.node.history.broker == history_broker::redis);
  CAF_CHECK_EQUAL(given.redis_log.prefix, "shop");
  CAF_CHECK(given.redis_log.pipeline.answer_timeout == std::chrono::seconds{2});
  CAF_CHECK_EQUAL(given.redis_log.pipeline.max_commands, 7u);
  CAF_CHECK(parse({"--redis-sentinels", "a:1", "--redis-url", "redis://main"}).err.find("without --broker redis") !=
            std::string::npos);
  CAF_CHECK_EQUAL(
      good({"--broker", "redis", "--redis-sentinels", "a:1,b:2", "--redis-url", "redis://main"}).redis_sentinels.size(),
      2u);
  CAF_CHECK(parse({"--broker", "redis", "--redis-url", "redis://a", "--broadcast-adapter", "http,redis"})
                .err.find("(--broadcast-adapter redisx) or publish by HTTP") != std::string::npos);
  const auto* const cluster = "redis+cluster://a,b";
  CAF_CHECK_EQUAL(good({"--broker", "redis", "--redis-url", cluster}).redis_url, cluster);
  CAF_CHECK(parse({"--redis-url", cluster}).err.find("any of a cluster will do: redis://HOST.") != std::string::npos);
  CAF_CHECK(parse({"--broker", "redis", "--redis-url", cluster, "--redis-sentinels", "a:1"})
                .err.find("which has no Sentinels.") != std::string::npos);
  for (const auto* wrong : {"", "{shop}", "a b"})
    CAF_CHECK(!parse({"--broker", "redis", "--redis-url", "redis://a", "--redis-key-prefix", wrong}).err.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
