// Labels: hardened
#define CAF_SUITE redis_subscriber
#include "actors/ingress/redis_subscriber.hpp"

#include <chrono>

#include "actors/node/log.hpp"
#include "tests/actors/support/fake_actors.hpp"
#include "tests/actors/support/fake_redis_link.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

texts lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field>) { lines.emplace_back(message); }

struct fixture : actor_fixture {
  fixture()
      : actor_fixture{1, {.public_access = true, .streams = {.public_streams = true}, .max_pending_broadcasts = 4}} {}
  ~fixture() override { set_log(nullptr, log_level::info); }

  std::shared_ptr<fake_redis_link> link = std::make_shared<fake_redis_link>();
  redis_subscriber_actor uut = ends(spawn_redis_subscriber(*here.lanes.front(), link));

  void connected() {
    caf::anon_send(uut, redis_connected{});
    consume_messages();
  }

  void lost(std::string why = "refused") {
    caf::anon_send(uut, redis_lost{std::move(why)});
    consume_messages();
  }

  // True if the actor tries to connect within `time`; returns right after the attempt.
  bool tries_within(std::chrono::milliseconds time) {
    const auto before = link->connects;
    for (auto waited = 0ms; waited < time && link->connects == before; waited += 1ms) {
      advance_time(1ms);
      consume_messages();
    }
    return link->connects == before + 1;
  }

  // A slow follower of stream "a": its broadcasts stay pending until the record forgets them.
  std::shared_ptr<connection_record> slow_follower() {
    auto told = std::make_shared<connection_record>();
    caf::anon_send(here.directory_of("a"),
                   subscribe{"a", "i", &action_cable_json(), ends(sys.spawn(fake_connection, told))});
    consume_messages();
    return told;
  }

  // Has Redis send a payload that was published to the channel.
  void told(std::string text) { caf::anon_send(uut, redis_payload{std::move(text)}); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_subscriber_connecting, fixture)

CAF_TEST(it connects at once) {
  consume_messages();
  CAF_CHECK_EQUAL(link->connects, 1u);
  CAF_CHECK(link->owner == uut);
}

CAF_TEST(it tries again after a while that doubles up to a second) {
  consume_messages();
  for (const auto retry : {100ms, 200ms, 400ms, 800ms, 1'000ms, 1'000ms, 1'000ms}) {
    lost();
    CAF_CHECK(!tries_within(retry / 2 - 1ms));
    CAF_CHECK(tries_within(retry / 2 + 1ms));
  }
}

CAF_TEST(it tries soon again after redis brought something) {
  consume_messages();
  for (auto i = 0; i < 5; ++i) {
    lost();
    CAF_CHECK(tries_within(1'000ms));
  }
  connected();
  told(R"({"stream":"a","data":"1"})");
  lost();
  CAF_CHECK(tries_within(100ms));
}

CAF_TEST(it tries soon again after a connection that held) {
  consume_messages();
  for (auto i = 0; i < 5; ++i) {
    lost();
    CAF_CHECK(tries_within(1'000ms));
  }
  connected();
  advance_time(1'000ms);
  lost();
  CAF_CHECK(tries_within(100ms));
}

CAF_TEST(a redis that takes the subscription and then fails is not tried more often than one that refuses) {
  consume_messages();
  for (const auto retry : {100ms, 200ms, 400ms, 800ms, 1'000ms, 1'000ms}) {
    connected();
    advance_time(100ms);
    lost();
    CAF_CHECK(!tries_within(retry / 2 - 1ms));
    CAF_CHECK(tries_within(retry / 2 + 1ms));
  }
}

CAF_TEST(it tries for ever and never more than a second apart) {
  consume_messages();
  auto tries = 0;
  for (auto i = 0; i < 1'000; ++i) {
    lost();
    tries += tries_within(1'000ms);
  }
  CAF_CHECK_EQUAL(tries, 1'000);
  CAF_CHECK(is_alive(uut));
}

CAF_TEST(it does not try while it is connected) {
  consume_messages();
  connected();
  CAF_CHECK(!tries_within(10'000ms));
}

CAF_TEST(a reason that stays the same is logged once) {
  lines.clear();
  set_log(keep, log_level::info);
  consume_messages();
  for (const auto* why : {"refused", "refused", "no such host", "refused", "refused"}) {
    lost(why);
    tries_within(1'000ms);
  }
  CAF_CHECK_EQUAL(lines, texts(3, "redis not reached, retrying"));
  connected();
  lost("refused");
  CAF_REQUIRE_EQUAL(lines.size(), 5u);
  CAF_CHECK_EQUAL(lines.back(), "redis lost, retrying");
}

CAF_TEST(it drops the connection when it ends) {
  consume_messages();
  connected();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(link->closes, 1u);
  CAF_CHECK(!tries_within(10'000ms));
}

CAF_TEST(it does not come back when it ends between two tries) {
  consume_messages();
  lost();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK(!tries_within(10'000ms));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(redis_subscriber_publishing, fixture)

CAF_TEST(what is published to the channel reaches subscribers in order) {
  const auto who = let_in("s1");
  follow(who, "a");
  told(R"({"stream":"a","data":"1"})");
  told(R"([{"stream":"a","data":"2"},{"stream":"a","data":"3"}])");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{message_of("a", "1"), message_of("a", "2"), message_of("a", "3")}));
}

CAF_TEST(a remote disconnect can come by the channel) {
  const auto who = let_in("s1");
  told(R"({"command":"disconnect","payload":{"identifier":"{\"sid\":\"s1\"}"}})");
  consume_messages();
  CAF_CHECK(!is_alive(who.actor));
}

CAF_TEST(garbage is counted and stops nothing) {
  const auto who = let_in("s1");
  follow(who, "a");
  for (const auto* garbage : {"", "{", "[]", "null", R"({"stream":1,"data":"x"})", R"({"command":"explode"})", "\xff"})
    told(garbage);
  told(R"({"stream":"a","data":"1"})");
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_broadcasts), 7u);
  CAF_CHECK_EQUAL(who.box->seen, texts{message_of("a", "1")});
}

CAF_TEST(a publication that was too large to be read is counted) {
  caf::anon_send(uut, redis_oversize{1'000});
  consume_messages();
  CAF_CHECK(is_alive(uut));
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_broadcasts), 1u);
}

CAF_TEST(redis has to wait while too much is pending and goes on when half is done) {
  const auto follower = slow_follower();
  for (auto i = 0; i < 3; ++i) {
    told(R"({"stream":"a","data":"1"})");
    consume_messages();
  }
  CAF_CHECK_EQUAL(here.gate.pending(), 3u);
  CAF_CHECK(!link->paused);
  told(R"({"stream":"a","data":"2"})");
  told(R"({"stream":"a","data":"3"})");  // already read when reading was paused
  consume_messages();
  CAF_CHECK(link->paused);
  CAF_CHECK_EQUAL(here.gate.pending(), 5u);
  follower->batches.erase(follower->batches.begin(), follower->batches.begin() + 2);
  consume_messages();
  CAF_CHECK_EQUAL(here.gate.pending(), 3u);
  CAF_CHECK(link->paused);
  follower->batches.clear();
  consume_messages();
  CAF_CHECK(!link->paused);
}

CAF_TEST(redis can be made to wait again) {
  const auto follower = slow_follower();
  for (auto round = 0; round < 3; ++round) {
    for (auto i = 0; i < 4; ++i)
      told(R"({"stream":"a","data":"1"})");
    consume_messages();
    CAF_CHECK(link->paused);
    follower->batches.clear();
    consume_messages();
    CAF_CHECK(!link->paused);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
