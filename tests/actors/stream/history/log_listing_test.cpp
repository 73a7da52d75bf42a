#define CAF_SUITE log_listing
// Listings of the log of a stream for programs.
#include "actors/stream/history/log_listing.hpp"

#include <nlohmann/json.hpp>

#include "actors/stream/stream_reader.hpp"
#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using nlohmann::json;
using numbers = std::vector<std::uint64_t>;

struct fixture : actor_fixture {
  explicit fixture(history_settings how = {.broker = history_broker::memory, .bounds = {.limit = 5, .ttl = 60s}})
      : actor_fixture{1, {.public_access = true, .streams = {.public_streams = true}, .history = how}} {}

  lane_home& home = *here.lanes.front();

  // Publishes the numbers from `first` to `last`, each with its offset as data.
  void publish_numbers(std::uint64_t first, std::uint64_t last) {
    for (auto i = first; i <= last; ++i)
      publish("s", std::to_string(i));
    consume_messages();
  }

  history_page page(std::optional<stream_position> since = {}, std::size_t limit = 100) {
    return ask<history_page>(home.directory, list_history{.stream = "s", .since = since, .limit = limit});
  }

  json listed(std::optional<stream_position> since = {}, std::size_t limit = 100) {
    const auto found = page(since, limit);
    CAF_CHECK(found.outcome == history_outcome::answered);
    CAF_REQUIRE(found.listing != nullptr);
    return json::parse(*found.listing);
  }

  static numbers offsets(const json& listing) {
    numbers all;
    for (const auto& each : listing["messages"])
      all.push_back(each["offset"].get<std::uint64_t>());
    return all;
  }

  std::uint64_t epoch() { return *read_epoch(listed()["epoch"].get<std::string>()); }

  std::uint64_t count(history_outcome which) const {
    return home.counters.history_answers[static_cast<std::size_t>(which)].get();
  }

  bool is_refused(history_outcome why, std::optional<stream_position> since = {}) {
    const auto before = count(why);
    const auto found = page(since);
    return found.outcome == why && found.listing == nullptr && count(why) == before + 1;
  }

  void later(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }
};

struct automatic : fixture {
  automatic() : fixture{history_settings{}} {}
};

struct large : fixture {
  large() : fixture{{.broker = history_broker::memory, .bounds = {.limit = 100, .ttl = 60s}}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(log_listing_tests, fixture)

CAF_TEST(the last publications are listed with their times) {
  publish_numbers(1, 3);
  later(1s);
  publish_numbers(4, 7);
  const auto all = listed();
  CAF_CHECK(all["first"] == 3);
  CAF_CHECK(all["last"] == 7);
  CAF_CHECK_EQUAL(offsets(all), (numbers{3, 4, 5, 6, 7}));
  for (const auto& each : all["messages"])
    CAF_CHECK(each["data"] == each["offset"]);
  const auto began = all["messages"][0]["time"].get<std::int64_t>();
  CAF_CHECK_EQUAL(began / 1'000, 2'000'000'000);
  CAF_CHECK(all["messages"][1]["time"] == began + 1'000);
  CAF_CHECK_EQUAL(offsets(listed({}, 2)), (numbers{6, 7}));
  CAF_CHECK_EQUAL(count(history_outcome::answered), 2u);
}

CAF_TEST(a program reads on from a position) {
  publish_numbers(1, 7);
  const auto at = epoch();
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 2}, 2)), (numbers{3, 4}));
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 4}, 2)), (numbers{5, 6}));
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 6}, 2)), (numbers{7}));
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 7}, 2)), numbers{});
}

CAF_TEST(a position that the log does not reach back to is refused) {
  publish_numbers(1, 7);
  const auto at = epoch();
  CAF_CHECK(is_refused(history_outcome::too_old, stream_position{at, 1}));
  CAF_CHECK(is_refused(history_outcome::ahead, stream_position{at, 8}));
  CAF_CHECK(is_refused(history_outcome::ahead, stream_position{at, ~std::uint64_t{0}}));
  CAF_CHECK(is_refused(history_outcome::other_epoch, stream_position{at + 1, 7}));
}

CAF_TEST(a log whose publications are gone has its position also without its actor) {
  publish_numbers(1, 3);
  const auto at = epoch();
  later(61s);
  const auto opened = home.counters.streams_opened.get();
  CAF_CHECK_EQUAL(home.counters.streams_closed.get(), opened);
  const auto empty = listed();
  CAF_CHECK(empty["first"] == 4);
  CAF_CHECK(empty["last"] == 3);
  CAF_CHECK(empty["messages"].empty());
  CAF_CHECK(listed(stream_position{at, 3})["messages"].empty());
  CAF_CHECK(is_refused(history_outcome::too_old, stream_position{at, 2}));
  CAF_CHECK_EQUAL(home.counters.streams_opened.get(), opened);
  publish_numbers(4, 4);
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 3})), (numbers{4}));
}

CAF_TEST(a stream without a log is told apart) {
  CAF_CHECK(is_refused(history_outcome::no_log));
  CAF_CHECK(is_refused(history_outcome::no_log, stream_position{1, 0}));
  CAF_CHECK_EQUAL(home.counters.streams_opened.get(), 0u);
}

CAF_TEST(a reader hands the answer over and ends) {
  publish_numbers(1, 1);
  int calls = 0;
  find_history(home, {.stream = "s", .since = {}, .limit = 1}, [&](const history_page* found) {
    CAF_REQUIRE(found != nullptr);
    CAF_CHECK(found->listing != nullptr);
    ++calls;
  });
  find_members(home, "s", [&](const presence_answer* found) {
    CAF_REQUIRE(found != nullptr);
    CAF_CHECK_EQUAL(*found->listing, R"({"type":"info","total":0})");
    ++calls;
  });
  CAF_CHECK_EQUAL(calls, 0);
  consume_messages();
  CAF_CHECK_EQUAL(calls, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(automatic_log_listing_tests, automatic)

CAF_TEST(a stream that no client with positions has followed keeps no log) {
  const auto plain = let_in("plain");
  follow(plain, "s");
  publish_numbers(1, 1);
  CAF_CHECK(is_refused(history_outcome::no_log));
  const auto positioned = let_in("positioned", 0, &action_cable_json({.positions = true}));
  follow(positioned, "s");
  publish_numbers(1, 2);
  CAF_CHECK_EQUAL(offsets(listed()), (numbers{1, 2}));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(large_log_listing_tests, large)

CAF_TEST(a page has about a megabyte and is never empty while publications are left) {
  const auto half = '"' + std::string(600'000, 'x') + '"';
  const auto whole = '"' + std::string(1'200'000, 'x') + '"';
  for (const auto* data : {&half, &half, &whole, &half}) {
    publish("s", *data);
    consume_messages();
  }
  const auto at = epoch();
  CAF_CHECK_EQUAL(offsets(listed()), (numbers{4}));
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 0})), (numbers{1}));
  CAF_CHECK_EQUAL(offsets(listed(stream_position{at, 2})), (numbers{3}));
}

CAF_TEST_FIXTURE_SCOPE_END()
