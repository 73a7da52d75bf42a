#define CAF_SUITE repeats
// Publications with an id, and publishers that wait for positions.
#include <nlohmann/json.hpp>

#include "actors/broadcast/messages.hpp"
#include "actors/stream/history/log_bounds.hpp"
#include "actors/stream/messages.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;
using positions = publication_receipt::positions;

const wire_format* const positioned = &action_cable_json({.positions = true});

history_settings memory() {
  return {.broker = history_broker::memory, .bounds = {.ttl = 1s}, .dedupe = 10s, .max_ids = 4};
}

struct fixture : actor_fixture {
  explicit fixture(const history_settings& how = memory(), std::size_t lanes = 1)
      : actor_fixture{lanes, {.public_access = true, .streams = {.public_streams = true}, .history = how}} {}

  // Publishes all together; returns what the publisher is told, once the actors have run.
  std::shared_ptr<const std::optional<positions>> publish_all(std::vector<broadcast> all) {
    const auto told = std::make_shared<std::optional<positions>>();
    const auto count = all.size();
    ability::publish(*here.lanes.front(), std::move(all), scope::everywhere,
                     std::make_shared<publication_receipt>(count, [told](const publication_outcome& got) {
                       CAF_CHECK(!*told);
                       *told = got.positions;
                     }));
    return told;
  }

  positions positions_of(std::vector<broadcast> all) {
    const auto told = publish_all(std::move(all));
    consume_messages();
    CAF_REQUIRE(*told);
    return **told;
  }

  static broadcast one(std::string stream, std::string id, std::string data = "1") {
    return {.stream = std::move(stream), .data = std::move(data), .data_is_json = true, .id = std::move(id)};
  }

  std::optional<stream_position> at(std::string stream, std::string id, std::string data = "1") {
    return positions_of({one(std::move(stream), std::move(id), std::move(data))}).front();
  }

  static std::size_t messages(const client& who) {
    std::size_t count = 0;
    for (const auto& text : std::exchange(who.box->seen, {}))
      count += nlohmann::json::parse(text).contains("message");
    return count;
  }
};

struct automatic : fixture {
  automatic() : fixture{{.dedupe = 10s}} {}
};

struct none : fixture {
  none() : fixture{{.broker = history_broker::none}} {}
};

struct many : fixture {
  many() : fixture{{.broker = history_broker::memory}, 3} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(memory_tests, fixture)

CAF_TEST(a publisher is told the position) {
  const auto first = at("a", "");
  CAF_REQUIRE(first);
  CAF_CHECK_EQUAL(first->offset, 1u);
  CAF_CHECK(at("a", "") == (stream_position{first->epoch, 2}));
  CAF_CHECK_EQUAL(at("b", "")->offset, 1u);
}

CAF_TEST(a repetition is answered as the first publication and not published) {
  const auto who = let_in("s1", 0, positioned);
  follow(who, "a");
  const auto first = at("a", "x", "1");
  at("a", "", "2");
  CAF_CHECK(at("a", "x", "3") == first);
  CAF_CHECK_EQUAL(messages(who), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::broadcasts), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_repeated), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_publications), 2u);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(a repetition that overtakes the stream waits for the first) {
  const auto first = publish_all({one("a", "x")});
  const auto second = publish_all({one("a", "x")});
  const auto both = publish_all({one("a", "x"), one("a", "y"), one("a", "y")});
  consume_messages();
  CAF_REQUIRE(*first && *second && *both);
  const auto position = (*first)->front();
  CAF_REQUIRE(position);
  CAF_CHECK_EQUAL(position->offset, 1u);
  CAF_CHECK(**second == positions{position});
  const stream_position next{position->epoch, 2};
  CAF_CHECK(**both == (positions{position, next, next}));
  CAF_CHECK_EQUAL(sum(&lane_counters::history_publications), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_repeated), 3u);
}

CAF_TEST(ids are forgotten after their time and beyond their number) {
  const auto first = at("a", "x");
  advance_time(10s);
  CAF_CHECK(at("a", "x") != first);
  for (const auto* id : {"1", "2", "3", "4"})
    at("a", id);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_ids_dropped), 1u);
  CAF_CHECK_EQUAL(at("a", "x")->offset, 7u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_repeated), 0u);
}

CAF_TEST(a repetition is answered when the stream has ended) {
  const auto first = at("a", "x");
  CAF_REQUIRE(first);
  for (int i = 0; i < 4; ++i) {
    advance_time(500ms);
    consume_messages();
  }
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), 1u);
  CAF_CHECK(at("a", "x") == first);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 1u);
}

CAF_TEST(transient publications have no position and are not repeated) {
  const auto who = let_in("s1");
  follow(who, "a");
  auto transient = one("a", "x");
  transient.transient = true;
  CAF_CHECK(positions_of({transient}) == positions{std::nullopt});
  CAF_CHECK(positions_of({transient}) == positions{std::nullopt});
  CAF_CHECK_EQUAL(messages(who), 1u);
}

CAF_TEST(a publisher is told when a stream or a directory has failed) {
  at("a", "x");
  const auto lost = publish_all({one("a", "y"), one("b", "y")});
  expect((broadcasts), from(_).to(here.directory_of("a")));
  for (const auto& each : std::vector<caf::resumable*>(sched.jobs.begin(), sched.jobs.end()))
    if (auto& actor = dynamic_cast<caf::scheduled_actor&>(*each); std::string_view{actor.name()} == "ability.stream")
      caf::anon_send_exit(caf::actor_cast<caf::actor>(actor.address()), caf::exit_reason::kill);
  consume_messages();
  CAF_REQUIRE(*lost);
  caf::anon_send_exit(here.directory_of("a"), caf::exit_reason::user_shutdown);
  consume_messages();
  const auto unheard = publish_all({one("a", "z")});
  consume_messages();
  CAF_REQUIRE(*unheard);
  CAF_CHECK(**unheard == positions{std::nullopt});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(automatic_tests, automatic)

CAF_TEST(ids count for streams without a log and without followers) {
  CAF_CHECK(!at("a", "x"));
  const auto who = let_in("s1");
  follow(who, "a");
  CAF_CHECK(!at("a", "x"));
  CAF_CHECK(!at("a", "y"));
  CAF_CHECK(!at("a", "y"));
  CAF_CHECK_EQUAL(messages(who), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_repeated), 2u);
}

CAF_TEST(other lanes know which streams may keep a log) {
  auto& home = *here.lanes.front();
  const auto message = one("a", "");
  CAF_CHECK(!may_get_position(home, message));
  const auto who = let_in("s1", 0, positioned);
  follow(who, "a");
  CAF_CHECK(may_get_position(home, message));
  CAF_CHECK(!may_get_position(home, {.stream = "a", .transient = true}));
  CAF_CHECK_EQUAL(at("a", "")->offset, 1u);
  caf::anon_send(who.actor, client_gone{});
  advance_time(301s);
  consume_messages();
  advance_time(301s);
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::history_logs), 0u);
  CAF_CHECK(!may_get_position(home, message));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(none_tests, none)

CAF_TEST(without a broker repetitions are published) {
  const auto who = let_in("s1");
  follow(who, "a");
  CAF_CHECK(!at("a", "x"));
  CAF_CHECK(!at("a", "x"));
  CAF_CHECK_EQUAL(messages(who), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::history_repeated), 0u);
  CAF_CHECK(!may_get_position(*here.lanes.front(), one("a", "")));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(many_lanes, many)

CAF_TEST(positions of a batch over all lanes are told together) {
  std::vector<broadcast> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(one("stream " + std::to_string(i % 10), std::to_string(i)));
  auto told = positions_of(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAF_REQUIRE(told[i]);
    CAF_CHECK_EQUAL(told[i]->offset, i < 10 ? 1u : 2u);
  }
  CAF_CHECK(positions_of(all) == told);
  all.resize(1);
  all.push_back(one("stream 1", "new"));
  told = positions_of(all);
  CAF_CHECK_EQUAL(told[0]->offset, 1u);
  CAF_CHECK_EQUAL(told[1]->offset, 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
