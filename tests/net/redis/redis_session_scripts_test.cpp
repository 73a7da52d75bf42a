#define CAF_SUITE redis_session_scripts
#include "protocol/redis_sessions/session_scripts.hpp"

#include <thread>

#include "net/redis/redis_channels.hpp"
#include "protocol/redis_sessions/session_answers.hpp"
#include "protocol/redis_sessions/session_commands.hpp"
#include "tests/net/redis/redis_pipeline_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

using outcome = session_found::outcome;

struct scripts_fixture : pipeline_fixture {
  /// A node, and sessions of one credential and identity.
  struct caller : client {
    using client::client;

    session_caller by() const { return {keys, node, ttl, lease}; }

    packed_session session(std::string_view sid) const { return {sid, credential, identity, is_owed, body}; }

    redis_value run(const session_command& what) { return ask(what.bytes(script_form::text)); }

    bool keeps(std::string_view sid, bool is_repeat = false) {
      return std::get<bool>(read_done(run(keep_command(by(), session(sid), is_repeat))));
    }

    bool releases(std::string_view sid) { return std::get<bool>(read_done(run(release_command(by(), sid)))); }

    bool owes(std::string_view sid, std::string_view replaced = {}) {
      const auto what = session(sid);
      return std::get<bool>(read_done(run(owe_command(by(), sid, &what, replaced))));
    }

    bool settles(std::string_view sid) { return std::get<bool>(read_done(run(settle_command(by(), sid)))); }

    session_found takes(std::string_view sid) { return takes(sid, credential, {}); }

    session_found takes(std::string_view sid, std::string_view of, std::string_view as) {
      return std::get<session_found>(read_found(run(take_command(by(), sid, of, as))));
    }

    sessions_shared renews() { return std::get<sessions_shared>(read_shared(run(renew_command(by())))); }

    std::vector<std::string> reaps(std::chrono::milliseconds telling = 60s, bool can_tell = true) {
      auto read = std::get<sessions_reaped>(read_reaped(run(reap_command(by(), can_tell, telling))));
      ended += read.ended;
      std::vector<std::string> sids;
      for (auto& each : read.owed)
        sids.push_back(std::move(each.first));
      return sids;
    }

    std::string ends(std::string_view behind = {}, std::size_t most = 1'000) {
      return std::get<std::string>(read_ended(run(end_of_command(by(), identity, behind, most))));
    }

    session_keys keys{"ability"};
    std::string node = std::string(session_node_size, 'A');
    std::string credential = session_digest("credential");
    std::string identity = session_digest("me");
    std::string body = "body";
    bool is_owed = true;
    std::chrono::milliseconds ttl{60'000};
    std::chrono::milliseconds lease{15'000};
    std::uint64_t ended = 0;
  };

  redis_process server;
  caller a{*this, at(server)};
  caller b{*this, at(server)};

  scripts_fixture() {
    a.until_up();
    b.until_up();
    b.node = std::string(session_node_size, 'B');
  }

  /// Lets times of a millisecond run out on the server.
  static void pass() { std::this_thread::sleep_for(10ms); }

  std::int64_t number(std::initializer_list<std::string_view> words) { return a.ask(command(words)).number; }

  /// Nothing is left of any session.
  bool is_empty() { return number({"EXISTS", a.keys.records, a.keys.due, a.keys.owed, a.keys.of}) == 0; }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_session_scripts_tests, scripts_fixture)

CAF_TEST(a session is taken once and by a claim that fits) {
  CAF_CHECK(a.takes("s1").what == outcome::unknown);
  CAF_CHECK(a.keeps("s1"));
  CAF_CHECK(b.takes("s1", session_digest("other"), {}).what == outcome::foreign);
  CAF_CHECK(b.takes("s1", b.credential, session_digest("you")).what == outcome::foreign);
  const auto found = b.takes("s1", b.credential, b.identity);
  CAF_CHECK(found.what == outcome::found);
  CAF_CHECK_EQUAL(found.body, "body");
  CAF_CHECK(b.takes("s1").what == outcome::unknown);
  CAF_CHECK(b.owes("n1", "s1"));
  CAF_CHECK(a.takes("s1").what == outcome::unknown);
  CAF_CHECK(!a.settles("n1"));
  CAF_CHECK(b.settles("n1"));
  CAF_CHECK(is_empty());
}

CAF_TEST(a session that was taken is given back) {
  a.keeps("s1");
  CAF_CHECK(!b.releases("s1") || b.takes("s1").what == outcome::found);
  CAF_CHECK(b.releases("s1"));
  CAF_CHECK(a.takes("s1").what == outcome::found);
  CAF_CHECK(!b.releases("s1"));
  CAF_CHECK(a.settles("s1"));
  CAF_CHECK(!a.releases("s1"));
}

CAF_TEST(a repeated attempt brings nothing back that was used up) {
  CAF_CHECK(a.keeps("s1"));
  CAF_CHECK(a.keeps("s1", true));
  CAF_CHECK(b.takes("s1").what == outcome::found);
  CAF_CHECK(!a.keeps("s1", true));
  CAF_CHECK(b.owes("n1", "s1"));
  CAF_CHECK(!a.keeps("s1", true));
  CAF_CHECK(a.keeps("s1"));  // as after a loss of Redis
}

CAF_TEST(a node that listens is asked for an open session) {
  redis_counters counters;
  std::vector<std::string> asked;
  bool listens = false;
  redis_channels listener{io,
                          at(server),
                          counters,
                          random,
                          {.subscribed = [&](const std::string&) { listens = true; },
                           .published = [&](const std::string&, std::string& text) { asked.push_back(text); },
                           .up = [] {},
                           .down = [](const std::string&) {}}};
  listener.open();
  listener.subscribe(a.keys.channel_of(a.node));
  until([&] { return listens; });
  CAF_CHECK(a.owes("s1"));
  CAF_CHECK(b.takes("s1").what == outcome::open);
  until([&] { return !asked.empty(); });
  CAF_CHECK_EQUAL(asked.front(), "s1");
  CAF_CHECK(b.takes("s1", session_digest("other"), {}).what == outcome::foreign);
  CAF_CHECK(a.keeps("s1"));
  CAF_CHECK(b.takes("s1").what == outcome::found);
}

CAF_TEST(a node that does not listen has no say) {
  CAF_CHECK(a.owes("s1"));
  CAF_CHECK(b.takes("s1").what == outcome::found);
  CAF_CHECK(!a.keeps("s1"));
  CAF_CHECK(!a.owes("s1"));
  CAF_CHECK(!a.settles("s1"));
  CAF_CHECK(b.owes("n1", "s1"));
  CAF_CHECK(!a.keeps("s1"));
  CAF_CHECK(!a.owes("s1"));
}

CAF_TEST(sessions whose time is over are told of once) {
  a.ttl = 1ms;
  a.keeps("s1");
  a.is_owed = false;
  a.keeps("s2");
  pass();
  CAF_CHECK(b.takes("s1").what == outcome::unknown);
  CAF_CHECK_EQUAL(b.reaps(), std::vector<std::string>{"s1"});
  CAF_CHECK_EQUAL(b.ended, 1u);
  CAF_CHECK(a.reaps().empty());
  CAF_CHECK(a.takes("s1").what == outcome::unknown);
  CAF_CHECK(!a.keeps("s1"));
  CAF_CHECK(b.settles("s1"));
  CAF_CHECK(is_empty());
}

CAF_TEST(another node tells if the first one does not ) {
  a.ttl = 1ms;
  a.keeps("s1");
  pass();
  CAF_CHECK_EQUAL(a.reaps(1ms), std::vector<std::string>{"s1"});
  pass();
  CAF_CHECK_EQUAL(b.reaps(), std::vector<std::string>{"s1"});
}

CAF_TEST(a node without an application leaves what is owed to others) {
  a.ttl = 1ms;
  a.keeps("s1");
  pass();
  CAF_CHECK(a.reaps(1ms, false).empty());
  pass();
  CAF_CHECK_EQUAL(b.reaps(), std::vector<std::string>{"s1"});
}

CAF_TEST(sessions of a dead node become due and can be taken until then) {
  a.lease = 1ms;
  a.owes("s1");
  a.owes("s2");
  pass();
  const auto first = b.renews();
  CAF_CHECK(!first.had_lease);
  CAF_CHECK_EQUAL(first.freed, 2u);
  CAF_CHECK_EQUAL(first.due, 2u);
  const auto second = b.renews();
  CAF_CHECK(second.had_lease);
  CAF_CHECK_EQUAL(second.freed, 0u);
  CAF_CHECK_EQUAL(number({"ZCARD", b.keys.nodes}), 1);
  CAF_CHECK(b.takes("s1").what == outcome::found);
  CAF_CHECK(b.owes("n1", "s1"));
  // The node was not dead, but cut off.
  CAF_CHECK(!a.keeps("s1"));
  CAF_CHECK(a.owes("s2"));
  CAF_CHECK_EQUAL(number({"ZCARD", b.keys.due}), 0);
}

CAF_TEST(many sessions of a dead node are freed in parts) {
  a.lease = 1ms;
  for (int i = 0; i < 250; ++i)
    a.owes("s" + std::to_string(i));
  pass();
  CAF_CHECK_EQUAL(b.renews().freed, 100u);
  CAF_CHECK_EQUAL(b.renews().freed, 100u);
  CAF_CHECK_EQUAL(b.renews().freed, 50u);
  CAF_CHECK_EQUAL(b.renews().freed, 0u);
}

CAF_TEST(sessions of an identity end but for those that have a connection) {
  for (int i = 0; i < 5; ++i)
    a.keeps("s" + std::to_string(i));
  a.owes("open");
  a.identity = session_digest("you");
  a.keeps("other");
  const auto last = b.ends({}, 3);
  CAF_CHECK(!last.empty());
  CAF_CHECK(b.ends(last, 1'000).empty());
  CAF_CHECK(b.takes("s1").what == outcome::unknown);
  CAF_CHECK(b.takes("other", a.credential, {}).what == outcome::found);
  CAF_CHECK_EQUAL(b.reaps().size(), 5u);
  CAF_CHECK(a.settles("open"));
}

CAF_TEST(all keys live ten minutes longer than what is in them) {
  a.keeps("s1");
  b.owes("s2");
  b.renews();
  for (const auto& key : {a.keys.records, a.keys.due, a.keys.owed, a.keys.of, a.keys.nodes}) {
    CAF_CHECK_GREATER(number({"PTTL", key}), 670'000);
    CAF_CHECK_LESS_OR_EQUAL(number({"PTTL", key}), 675'000);
  }
}

CAF_TEST(a part of the sessions is read at a time) {
  a.ttl = 1ms;
  a.body = std::string(400'000, 'x');
  for (const auto* sid : {"s1", "s2", "s3", "s4", "s5"})
    a.keeps(sid);
  pass();
  CAF_CHECK_EQUAL(b.reaps().size(), 3u);
  CAF_CHECK_EQUAL(b.reaps().size(), 2u);
}

CAF_TEST(a full server refuses a further session and gives back those that it has) {
  a.keeps("s1");
  a.ask(command({"CONFIG", "SET", "maxmemory", "1"}));
  CAF_CHECK(std::holds_alternative<redis_error>(read_done(a.run(keep_command(a.by(), a.session("s2"), false)))));
  CAF_CHECK(b.takes("s1").what == outcome::found);
  a.ask(command({"CONFIG", "SET", "maxmemory", "0"}));
  CAF_CHECK(b.takes("s2").what == outcome::unknown);
}

CAF_TEST(a user needs few rights) {
  a.ask(command({"ACL",
                 "SETUSER",
                 "ability",
                 "on",
                 ">pw",
                 "resetkeys",
                 "~ability:*",
                 "resetchannels",
                 "&ability:*",
                 "nocommands",
                 "+evalsha",
                 "+eval",
                 "+script|load",
                 "+info",
                 "+select",
                 "+time",
                 "+hget",
                 "+hset",
                 "+hdel",
                 "+hlen",
                 "+zadd",
                 "+zrem",
                 "+zscore",
                 "+zcard",
                 "+zrangebyscore",
                 "+zrangebylex",
                 "+zremrangebyscore",
                 "+pexpire",
                 "+publish",
                 "+subscribe",
                 "+unsubscribe",
                 "+ping"}));
  auto where = at(server);
  where.user = "ability";
  where.password = "pw";
  caller limited{*this, where};
  limited.until_up();
  limited.ttl = 1ms;
  CAF_CHECK(limited.owes("s1"));
  CAF_CHECK(b.takes("s1").what == outcome::found);
  CAF_CHECK(b.releases("s1"));
  CAF_CHECK(limited.takes("s1").what == outcome::found);
  CAF_CHECK(limited.keeps("s1"));
  limited.renews();
  limited.ends();
  CAF_CHECK_EQUAL(limited.reaps(), std::vector<std::string>{"s1"});
  CAF_CHECK(limited.settles("s1"));
}

CAF_TEST_FIXTURE_SCOPE_END()
