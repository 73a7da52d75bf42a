#define CAF_SUITE redis_presence_script
#include "protocol/redis_presence/presence_script.hpp"

#include <map>
#include <thread>

#include "net/redis/redis_channels.hpp"
#include "protocol/redis_presence/presence_answers.hpp"
#include "protocol/redis_presence/presence_commands.hpp"
#include "tests/net/redis/redis_pipeline_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

using kind = member_order::kind;
using outcome = member_outcome;
using outcomes = std::vector<member_outcome>;

member_order order(kind what, const std::string& sid = {}, const std::string& id = {}, const std::string& info = {},
                   std::chrono::milliseconds ttl = 0ms) {
  return {.what = what,
          .sid = sid,
          .as = std::make_shared<const presence_request>(presence_request{.id = id, .info = info}),
          .ttl = ttl};
}

struct presence_fixture : pipeline_fixture {
  /// One node.
  struct caller : client {
    using client::client;

    redis_result<presence_applied> try_apply(const std::vector<member_order>& orders) {
      return read_applied(ask(presence_command(keys, bounds, orders, script_form::text)), orders.size());
    }

    members_applied apply(const std::vector<member_order>& orders) {
      auto read = try_apply(orders);
      if (const auto* const error = std::get_if<redis_error>(&read))
        CAF_FAIL("refused: " << error->detail);
      return std::get<presence_applied>(read).done;
    }

    outcomes apply_all(const std::vector<member_order>& orders) {
      outcomes all;
      for (const auto& each : apply(orders).results)
        all.push_back(each.what);
      return all;
    }

    outcome apply_one(const member_order& one) { return apply({one}).results.front().what; }

    std::size_t expire() { return apply({order(kind::expire)}).results.front().left; }

    /// `ID=INFO/SESSIONS/AWAY` of all members, in the order of their ids.
    std::string members() {
      std::map<std::string, std::string> all;
      std::string cursor = "0";
      do {
        auto read = std::get<scanned_members>(read_scanned(ask(scan_command(keys, cursor, 10))));
        for (const auto& each : read.members)
          all[each.id] =
              each.id + '=' + each.info + '/' + std::to_string(each.sessions) + '/' + std::to_string(each.away);
        cursor = read.cursor;
      } while (cursor != "0");
      std::string text;
      for (const auto& [id, each] : all)
        text += (text.empty() ? "" : " ") + each;
      return text;
    }

    presence_keys keys{"ability", "s"};
    presence_bounds bounds{.lease = 60s, .max_members = 100, .max_sessions = 400};
  };

  redis_process server;
  caller one{*this, at(server)};
  std::string told;  // of members, by the channel
  bool is_following = false;
  redis_channels channel{io,
                         at(server),
                         one.counters,
                         random,
                         {.subscribed = [this](const std::string&) { is_following = true; },
                          .published = [this](const std::string&, std::string& text) { told += text; },
                          .up = [] {},
                          .down = [](const std::string&) {}}};

  presence_fixture() {
    one.until_up();
    channel.open();
    channel.subscribe(one.keys.channel);
    until([this] { return is_following; });
  }

  /// The news since the last call, up to now.
  std::string news() {
    one.ask(command({"PUBLISH", one.keys.channel, "!"}));
    until([this] { return told.ends_with('!'); });
    told.pop_back();
    return std::exchange(told, {});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_presence_script_tests, presence_fixture)

CAF_TEST(members come and go and followers are told once) {
  const auto made = one.apply({order(kind::join, "s1", "me", R"({"a":1})"), order(kind::join, "s2", "me", "2"),
                               order(kind::join, "s3", "b:|")});
  CAF_CHECK(made.results == (std::vector<member_result>{{outcome::joined}, {outcome::updated}, {outcome::joined}}));
  CAF_CHECK_EQUAL(made.total, 2U);
  CAF_REQUIRE(made.next_due);
  CAF_CHECK(*made.next_due > 50s && *made.next_due <= 60s);
  CAF_CHECK_EQUAL(news(), "+2:7:me{\"a\":1}+3:0:b:|");
  CAF_CHECK_EQUAL(one.members(), "b:|=/1/0 me=2/2/0");
  CAF_CHECK(
      one.apply_all({order(kind::leave, "s1", "me"), order(kind::leave, "s1", "me"), order(kind::leave, "s2", "me")}) ==
      (outcomes{outcome::still, outcome::absent, outcome::left}));
  CAF_CHECK_EQUAL(news(), "-2:me");
  const auto last = one.apply({order(kind::leave, "s3", "b:|")});
  CAF_CHECK_EQUAL(last.total, 0U);
  CAF_CHECK(!last.next_due);
  CAF_CHECK_EQUAL(one.ask(command({"DBSIZE"})).number, 0);
}

CAF_TEST(a session that ended leaves once it is due) {
  one.apply({order(kind::join, "s1", "me", "1"), order(kind::gone, "s1", "me", "1", 100ms)});
  CAF_CHECK_EQUAL(one.members(), "me=1/1/1");
  CAF_CHECK_EQUAL(one.expire(), 0U);
  std::this_thread::sleep_for(120ms);
  CAF_CHECK_EQUAL(one.expire(), 1U);
  CAF_CHECK_EQUAL(one.expire(), 0U);
  CAF_CHECK_EQUAL(news(), "+2:1:me1-2:me");
}

CAF_TEST(who comes back in time at any node causes no event) {
  caller other{*this, at(server)};
  other.until_up();
  one.apply({order(kind::join, "s1", "me", "1"), order(kind::gone, "s1", "me", "1", 1ms)});
  CAF_CHECK(other.apply_one(order(kind::join, "s2", "me", "2")) == outcome::returned);
  std::this_thread::sleep_for(5ms);
  CAF_CHECK_EQUAL(one.expire(), 0U);
  CAF_CHECK_EQUAL(one.members(), "me=2/1/0");
  CAF_CHECK_EQUAL(news(), "+2:1:me1");
  CAF_CHECK(other.apply_one(order(kind::leave, "s2", "me")) == outcome::left);
}

CAF_TEST(the node that had a session may notice its end after the client has come back) {
  one.apply({order(kind::join, "s1", "me"), order(kind::join, "s2", "me")});
  one.apply({order(kind::gone, "s1", "me", "", 1ms)});
  CAF_CHECK_EQUAL(one.members(), "me=/2/1");
  std::this_thread::sleep_for(5ms);
  CAF_CHECK_EQUAL(one.expire(), 0U);
  CAF_CHECK_EQUAL(one.members(), "me=/1/0");
  CAF_CHECK_EQUAL(news(), "+2:0:me");
}

CAF_TEST(of the sessions that ended the last one counts) {
  one.apply({order(kind::join, "s1", "me"), order(kind::join, "s2", "me"), order(kind::gone, "s1", "me", "", 1ms),
             order(kind::gone, "s2", "me", "", 60s), order(kind::gone, "s2", "me", "", 1ms)});
  CAF_CHECK_EQUAL(one.members(), "me=/1/1");
  std::this_thread::sleep_for(5ms);
  CAF_CHECK_EQUAL(one.expire(), 0U);
  CAF_CHECK(one.apply_one(order(kind::leave, "s2", "me")) == outcome::left);
}

CAF_TEST(sessions that nobody renews leave) {
  one.bounds.lease = 100ms;
  one.apply({order(kind::join, "s1", "a"), order(kind::join, "s2", "b"), order(kind::join, "s3", "b")});
  std::this_thread::sleep_for(60ms);
  CAF_CHECK(
      one.apply_all({order(kind::renew, "s1", "a"), order(kind::renew, "s9", "a"), order(kind::renew, "s1", "b")}) ==
      (outcomes{outcome::renewed, outcome::unknown, outcome::unknown}));
  std::this_thread::sleep_for(60ms);
  CAF_CHECK_EQUAL(one.expire(), 1U);
  CAF_CHECK_EQUAL(one.members(), "a=/1/0");
  CAF_CHECK_EQUAL(news(), "+1:0:a+1:0:b-1:b");
}

CAF_TEST(of two nodes that look one tells) {
  caller other{*this, at(server)};
  other.until_up();
  one.apply({order(kind::join, "s1", "me"), order(kind::gone, "s1", "me", "", 1ms)});
  std::this_thread::sleep_for(5ms);
  CAF_CHECK_EQUAL(one.expire() + other.expire(), 1U);
  CAF_CHECK_EQUAL(news(), "+2:0:me-2:me");
}

CAF_TEST(a server that has lost its data is told again without an event) {
  one.apply({order(kind::join, "s1", "me", "1"), order(kind::join, "s2", "me", "1")});
  one.ask(command({"FLUSHALL"}));
  news();
  CAF_CHECK(one.apply_all({order(kind::renew, "s1", "me"), order(kind::keep, "s1", "me", "1"),
                           order(kind::keep, "s2", "me", "1")}) ==
            (outcomes{outcome::unknown, outcome::joined, outcome::updated}));
  CAF_CHECK_EQUAL(one.members(), "me=1/2/0");
  one.ask(command({"FLUSHALL"}));
  CAF_CHECK(one.apply_one(order(kind::gone, "s1", "me", "1", 1ms)) == outcome::gone);
  std::this_thread::sleep_for(5ms);
  CAF_CHECK_EQUAL(one.expire(), 1U);
  CAF_CHECK_EQUAL(news(), "-2:me");
}

CAF_TEST(if one of the keys is lost the other one is dropped) {
  for (const auto* key : {"ability:who{s:s}", "ability:due{s:s}"}) {
    one.apply({order(kind::join, "s1", "me"), order(kind::join, "s2", "me")});
    one.ask(command({"DEL", key}));
    CAF_CHECK(one.apply_one(order(kind::renew, "s1", "me")) == outcome::unknown);
    CAF_CHECK_EQUAL(one.ask(command({"DBSIZE"})).number, 0);
  }
}

CAF_TEST(members and sessions are bounded except those that were there) {
  one.bounds.max_members = 2;
  one.bounds.max_sessions = 4;
  CAF_CHECK(one.apply_all({order(kind::join, "s1", "a"), order(kind::join, "s2", "b"), order(kind::join, "s3", "c"),
                           order(kind::join, "s4", "a"), order(kind::join, "s5", "a"), order(kind::join, "s6", "a"),
                           order(kind::join, "s1", "a", "new"), order(kind::keep, "s7", "d")}) ==
            (outcomes{outcome::joined, outcome::joined, outcome::full, outcome::updated, outcome::updated,
                      outcome::full, outcome::updated, outcome::joined}));
  CAF_CHECK_EQUAL(one.members(), "a=new/3/0 b=/1/0 d=/1/0");
}

CAF_TEST(a storm of ends is told in a few messages) {
  one.bounds.max_members = 1'000;
  one.bounds.max_sessions = 4'000;
  const std::string long_id(1'000, 'x');
  std::vector<member_order> come;
  std::vector<member_order> go;
  for (int i = 0; i < 200; ++i) {
    come.push_back(order(kind::join, "s" + std::to_string(i), std::to_string(i) + long_id));
    go.push_back(order(kind::gone, "s" + std::to_string(i), std::to_string(i) + long_id, "", 0ms));
  }
  one.apply(come);
  one.apply(go);
  const auto joined = news();
  CAF_CHECK_EQUAL(one.expire(), 200U);
  const auto left = read_member_news(news());
  CAF_REQUIRE(left);
  CAF_CHECK_EQUAL(left->size(), 200U);
  CAF_CHECK_EQUAL(read_member_news(joined)->size(), 200U);
}

CAF_TEST(what nobody renews does not stay for ever) {
  one.apply({order(kind::join, "s1", "me")});
  for (const auto* key : {"ability:who{s:s}", "ability:due{s:s}"}) {
    const auto left = one.ask(command({"PTTL", key})).number;
    CAF_CHECK(left > 600'000 && left <= 660'000);
  }
}

CAF_TEST(a full server refuses orders with nothing changed) {
  one.apply({order(kind::join, "s1", "me")});
  news();
  one.ask(command({"CONFIG", "SET", "maxmemory", "1"}));
  auto refused =
      std::get<presence_applied>(one.try_apply({order(kind::join, "s2", "b"), order(kind::renew, "s9", "b")}));
  CAF_CHECK(refused.done.results == (std::vector<member_result>{{outcome::failed}, {outcome::unknown}}));
  CAF_REQUIRE(refused.refused);
  CAF_CHECK(refused.refused->why == redis_failure::out_of_memory);
  CAF_CHECK_EQUAL(one.members(), "me=/1/0");
  CAF_CHECK(one.apply_one(order(kind::leave, "s1", "me")) == outcome::left);  // that takes no memory
  CAF_CHECK_EQUAL(news(), "-2:me");
}

CAF_TEST(a server that was made a replica refuses) {
  one.ask(command({"REPLICAOF", "127.0.0.1", std::to_string(free_port())}));
  CAF_CHECK(std::get<redis_error>(one.try_apply({order(kind::join, "s1", "me")})).why == redis_failure::read_only);
}

CAF_TEST(a user needs few rights) {
  one.ask(command({"ACL",       "SETUSER",    "ability",       "on",         ">pw",
                   "resetkeys", "~ability:*", "resetchannels", "&ability:*", "nocommands",
                   "+eval",     "+evalsha",   "+info",         "+time",      "+hget",
                   "+hset",     "+hdel",      "+hlen",         "+hscan",     "+zadd",
                   "+zrem",     "+zcard",     "+zscore",       "+zrange",    "+zrangebyscore",
                   "+del",      "+pexpire",   "+publish",      "+ping"}));
  auto where = at(server);
  where.user = "ability";
  where.password = "pw";
  caller limited{*this, where};
  limited.until_up();
  CAF_CHECK(limited.apply_all({order(kind::join, "s1", "me"), order(kind::renew, "s1", "me"),
                               order(kind::gone, "s1", "me", "", 0ms), order(kind::expire)}) ==
            (outcomes{outcome::joined, outcome::renewed, outcome::gone, outcome::expired}));
  CAF_CHECK_EQUAL(limited.members(), "");
  limited.keys = presence_keys{"other", "s"};
  CAF_CHECK(std::get<redis_error>(limited.try_apply({order(kind::join, "s1", "me")})).why == redis_failure::denied);
}

CAF_TEST(what is no session in the way of those that are due is removed) {
  one.apply({order(kind::join, "s1", "a"), order(kind::gone, "s1", "a", {}, 0ms)});
  one.ask(command({"ZADD", one.keys.due, "1", "nobody"}));
  CAF_CHECK_EQUAL(one.expire(), 1U);
  CAF_CHECK_EQUAL(one.members(), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
