// Labels: hardened
#define CAF_SUITE redis_consumer
#include "actors/ingress/redis_consumer.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "actors/node/log.hpp"
#include "tests/actors/support/fake_actors.hpp"
#include "tests/actors/support/fake_entry_source.hpp"
#include "tests/actors/support/fake_log_store.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;
using numbers = fake_entry_source::numbers;

texts lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field>) { lines.emplace_back(message); }

std::string to(std::string_view stream, std::string_view json) {
  return R"({"stream":")" + std::string{stream} + R"(","data":")" + std::string{json} + R"("})";
}

node_settings with(history_broker broker) {
  return {.public_access = true,
          .streams = {.public_streams = true},
          .history = {.broker = broker, .bounds = {.limit = 5, .ttl = 60s}},
          .redis_stream = {.claim_after = 9s, .max_pending = 4},
          .max_pending_broadcasts = 10};
}

struct fixture : actor_fixture {
  explicit fixture(history_broker broker = history_broker::memory) : actor_fixture{2, with(broker)} { start(); }
  ~fixture() override { set_log(nullptr, log_level::info); }

  void start() {
    uut = ends(spawn_redis_consumer(*here.lanes.front(), source));
    consume_messages();
  }

  void told(std::uint64_t number, std::string payload) {
    source->answer_one(number, std::move(payload));
    consume_messages();
  }

  void told(std::vector<redis_entry> entries) {
    source->answer(std::move(entries));
    consume_messages();
  }

  // Entries with these numbers, which are also their data, for stream `a`.
  static std::vector<redis_entry> entries(std::uint64_t first, std::uint64_t last) {
    std::vector<redis_entry> all;
    for (auto i = first; i <= last; ++i)
      all.push_back({.id = {i, 0}, .payload = to("a", std::to_string(i))});
    return all;
  }

  void confirm() {
    source->confirm();
    consume_messages();
  }

  void later(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  const entry_counters& counters() const { return here.lanes.front()->counters.entries; }

  std::shared_ptr<fake_entry_source> source = std::make_shared<fake_entry_source>();
  redis_consumer_actor uut;
};

struct shared_fixture : fixture {
  shared_fixture() : fixture{history_broker::redis} {
    for (auto& home : here.lanes)
      home->store = store;
  }
  ~shared_fixture() override {
    for (auto& home : here.lanes)
      home->store = nullptr;
  }

  const lane_home& home_of_a() const { return *here.lanes[here.lane_of("a")]; }

  void take_one() {
    store->take_one(home_of_a());
    consume_messages();
  }

  void fail_one(redis_failure why) {
    store->fail_one(home_of_a(), why);
    consume_messages();
  }

  std::shared_ptr<fake_log_store> store = std::make_shared<fake_log_store>(here);
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_consumer_tests, fixture)

CAF_TEST(it joins the group at once and asks for as many entries as may be pending) {
  CAF_CHECK_EQUAL(source->opens, 1u);
  CAF_CHECK(source->owner == uut);
  CAF_CHECK_EQUAL(source->wanted, 4u);
  CAF_CHECK(here.redis_stream == redis_state::lost);
}

CAF_TEST(entries reach subscribers in their order and are acknowledged) {
  const auto who = let_in("s1", 1);
  follow(who, "a");
  told(entries(1, 3));
  CAF_CHECK_EQUAL(who.box->seen, (texts{message_of("a", "1"), message_of("a", "2"), message_of("a", "3")}));
  CAF_CHECK_EQUAL(source->acknowledged, (numbers{1, 2, 3}));
  CAF_CHECK_EQUAL(counters().pending.get(), 3u);
  confirm();
  CAF_CHECK_EQUAL(counters().read.get(), 3u);
  CAF_CHECK_EQUAL(counters().acknowledged.get(), 3u);
  CAF_CHECK_EQUAL(counters().pending.get(), 0u);
  CAF_CHECK_EQUAL(source->wanted, 1u);  // asked for while three were pending
}

CAF_TEST(an entry is acknowledged only once its streams have handled it) {
  source->answer_one(1, to("a", "1"));
  while (counters().read.get() == 0)
    CAF_REQUIRE(sched.try_run_once());
  CAF_CHECK(source->acknowledged.empty());
  consume_messages();
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
}

CAF_TEST(an entry for nobody is acknowledged) {
  told(1, to("nobody", "1"));
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
}

CAF_TEST(a remote disconnect can come by an entry) {
  const auto who = let_in("s1");
  told(1, R"({"command":"disconnect","payload":{"identifier":"{\"sid\":\"s1\"}"}})");
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
}

CAF_TEST(an entry that comes again is published once) {
  const auto who = let_in("s1");
  follow(who, "a");
  told(entries(1, 2));
  told(entries(1, 3));
  CAF_CHECK_EQUAL(who.box->seen, (texts{message_of("a", "1"), message_of("a", "2"), message_of("a", "3")}));
  CAF_CHECK_EQUAL(counters().read.get(), 3u);
}

CAF_TEST(an id makes a publication come once also by two entries) {
  const auto who = let_in("s1");
  follow(who, "a");
  for (std::uint64_t i = 1; i <= 2; ++i)
    told(i, R"({"stream":"a","data":"1","meta":{"id":"x"}})");
  CAF_CHECK_EQUAL(who.box->seen.size(), 1u);
  CAF_CHECK_EQUAL(source->acknowledged, (numbers{1, 2}));
}

CAF_TEST(what cannot be read is counted and acknowledged and stops nothing) {
  const auto who = let_in("s1");
  follow(who, "a");
  lines.clear();
  set_log(keep, log_level::info);
  told({{.id = {1, 0}, .payload = "{"},
        {.id = {2, 0}, .what = redis_entry::content::no_payload},
        {.id = {3, 0}, .what = redis_entry::content::too_large},
        {.id = {4, 0}, .what = redis_entry::content::gone}});
  CAF_CHECK_EQUAL(source->acknowledged, (numbers{1, 2, 3, 4}));
  CAF_CHECK_EQUAL(counters().unreadable.get(), 3u);
  CAF_CHECK_EQUAL(counters().gone.get(), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_broadcasts), 3u);
  CAF_CHECK_EQUAL(lines.size(), 3u);
  confirm();
  told(5, to("a", "5"));
  CAF_CHECK_EQUAL(who.box->seen, texts{message_of("a", "5")});
}

CAF_TEST(no more are taken than may be pending until half of them are acknowledged) {
  told(entries(1, 4));
  CAF_CHECK(!source->wanted);
  source->acknowledged.resize(1);
  confirm();
  CAF_CHECK(!source->wanted);
  source->acknowledged = {2};
  confirm();
  CAF_CHECK_EQUAL(source->wanted, 2u);
}

CAF_TEST(nothing is asked for while the gate is full) {
  const auto follower = std::make_shared<connection_record>();
  caf::anon_send(here.directory_of("a"),
                 subscribe{"a", "i", &action_cable_json(), ends(sys.spawn(fake_connection, follower))});
  consume_messages();
  std::uint64_t number = 0;
  while (source->wanted) {
    told(++number, to("a", "1"));
    confirm();
    CAF_REQUIRE(number < 20);
  }
  CAF_CHECK_EQUAL(number, 10u);
  CAF_CHECK(here.gate.full());
  CAF_CHECK_EQUAL(counters().pending.get(), 0u);  // the streams have them
  follower->batches.clear();
  consume_messages();
  CAF_CHECK(source->wanted);
}

CAF_TEST(its state is told and an unchanged reason once) {
  lines.clear();
  set_log(keep, log_level::info);
  for (const auto* why : {"refused", "refused", "no such host"})
    caf::anon_send(uut, redis_lost{why});
  consume_messages();
  CAF_CHECK_EQUAL(lines, texts(2, "redis stream is not read, retrying"));
  caf::anon_send(uut, redis_connected{});
  consume_messages();
  CAF_CHECK(here.redis_stream == redis_state::connected);
  CAF_CHECK(here.redis_stream_reach.is_up());
  caf::anon_send(uut, redis_lost{"no such host"});
  consume_messages();
  CAF_CHECK_EQUAL(lines.size(), 4u);
  CAF_CHECK_EQUAL(here.redis_stream_reach.losses.get(), 1u);
}

CAF_TEST(entries that take long are kept and those of lost nodes claimed) {
  told(entries(1, 1));  // not acknowledged by Redis
  later(3s);
  CAF_CHECK(source->kept.empty());
  CAF_CHECK_EQUAL(source->claims, std::vector<std::size_t>{3});
  later(3s);
  CAF_CHECK_EQUAL(source->kept, numbers{1});
  confirm();
  later(3s);
  CAF_CHECK_EQUAL(source->kept, numbers{1});
  CAF_CHECK_EQUAL(source->claims, (std::vector<std::size_t>{3, 3, 4}));
}

CAF_TEST(nothing is claimed while nothing more may be pending) {
  told(entries(1, 4));
  later(3s);
  CAF_CHECK(source->claims.empty());
}

CAF_TEST(at the end it leaves the group once all is acknowledged) {
  told(entries(1, 2));
  caf::anon_send(uut, leave_group{});
  consume_messages();
  CAF_CHECK(source->is_stopped);
  CAF_CHECK_EQUAL(source->leaves, 0u);
  confirm();
  CAF_CHECK_EQUAL(source->leaves, 1u);
  CAF_CHECK(!source->wanted);
  CAF_CHECK(is_alive(uut));
  caf::anon_send(uut, group_left{});
  consume_messages();
  CAF_CHECK(!is_alive(uut));
  CAF_CHECK_EQUAL(source->closes, 1u);
}

CAF_TEST(it does not wait for ever to leave the group) {
  told(entries(1, 2));
  caf::anon_send(uut, leave_group{});
  consume_messages();
  later(redis_consumer_state::last_wait - 1ms);
  CAF_CHECK(is_alive(uut));
  later(1ms);
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(redis_consumer_and_shared_logs, shared_fixture)

CAF_TEST(an entry is acknowledged behind the answer of the log) {
  told(entries(1, 2));
  CAF_CHECK(source->acknowledged.empty());
  take_one();
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
  take_one();
  CAF_CHECK_EQUAL(source->acknowledged, (numbers{1, 2}));
}

CAF_TEST(while the log refuses nothing is read and one entry is tried again) {
  lines.clear();
  set_log(keep, log_level::info);
  store->refusal = redis_failure::away;
  told(entries(1, 3));
  CAF_CHECK(source->acknowledged.empty());
  told(entries(1, 0));  // the answer to the request that was made before the log refused
  CAF_CHECK(!source->wanted);
  for (int i = 0; i < 10; ++i)
    later(1s);
  CAF_CHECK(source->acknowledged.empty());
  CAF_CHECK(!source->wanted);
  CAF_CHECK_EQUAL(counters().read.get(), 3u);
  CAF_CHECK(counters().retried.get() >= 9 && counters().retried.get() <= 14);
  CAF_CHECK_EQUAL(lines, texts{"redis stream waits, as a log does not take its publications"});
  store->refusal.reset();
  later(1s);
  CAF_REQUIRE_EQUAL(store->on_their_way.size(), 1u);
  CAF_CHECK_EQUAL(store->on_their_way[0].message->content().data, "1");
  take_one();
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
  CAF_CHECK_EQUAL(store->on_their_way.size(), 2u);
  take_one();
  take_one();
  CAF_CHECK_EQUAL(source->acknowledged, (numbers{1, 2, 3}));
  confirm();
  CAF_CHECK(source->wanted);
  CAF_CHECK_EQUAL(store->log.size(), 3u);
}

CAF_TEST(an entry without an answer of the log is published again) {
  told(entries(1, 1));
  fail_one(redis_failure::no_answer);
  CAF_CHECK(source->acknowledged.empty());
  later(1s);
  take_one();
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
}

CAF_TEST(of several publications in one entry only those that failed are published again) {
  told(1, '[' + to("a", "1") + ',' + to("a", "2") + ',' + to("a", "3") + ']');
  take_one();
  fail_one(redis_failure::out_of_memory);
  take_one();
  CAF_CHECK(source->acknowledged.empty());
  later(1s);
  CAF_REQUIRE_EQUAL(store->on_their_way.size(), 1u);
  CAF_CHECK_EQUAL(store->on_their_way[0].message->content().data, "2");
  take_one();
  CAF_CHECK_EQUAL(source->acknowledged, numbers{1});
}

CAF_TEST(an entry that its log refuses for its own sake is given up) {
  lines.clear();
  set_log(keep, log_level::error);
  told(entries(1, 2));
  fail_one(redis_failure::other);
  take_one();
  for (unsigned i = 1; i < redis_consumer_state::most_attempts; ++i) {
    later(1s);
    CAF_REQUIRE_EQUAL(store->on_their_way.size(), 1u);
    fail_one(redis_failure::other);
  }
  CAF_CHECK_EQUAL(source->acknowledged, (numbers{2, 1}));
  CAF_CHECK_EQUAL(counters().given_up.get(), 1u);
  CAF_CHECK_EQUAL(lines, texts{"an entry of the redis stream is given up, as its log refuses it"});
  confirm();
  CAF_CHECK(source->wanted);
}

CAF_TEST(at the end refused entries are left to others) {
  store->refusal = redis_failure::away;
  told(entries(1, 1));
  caf::anon_send(uut, leave_group{});
  consume_messages();
  CAF_CHECK_EQUAL(source->leaves, 1u);
  CAF_CHECK(source->acknowledged.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
