#define CAF_SUITE shared_listing
// Listings and descriptions of a log that nodes share, for programs.
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "actors/stream/stream_reader.hpp"
#include "tests/actors/support/fake_log_store.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using nlohmann::json;
using part = std::optional<log_content>;

struct fixture : actor_fixture {
  fixture()
      : actor_fixture{1,
                      {.public_access = true,
                       .history = {.broker = history_broker::redis,
                                   .bounds = {.limit = 5, .ttl = 60s},
                                   .rules = {{.pattern = "typing/*", .is_off = true}}}}} {
    home.store = store;
  }

  ~fixture() override { home.store = nullptr; }

  // Asks for a part of the log; the store has yet to answer.
  std::shared_ptr<std::optional<history_page>> find(std::optional<stream_position> since = {},
                                                    const std::string& stream = "s") {
    const auto got = std::make_shared<std::optional<history_page>>();
    find_history(home, {.stream = stream, .since = since, .limit = 3}, [got](const history_page* page) {
      CAF_REQUIRE(page != nullptr);
      *got = *page;
    });
    consume_messages();
    return got;
  }

  void answer(redis_result<part> content) {
    CAF_REQUIRE_EQUAL(store->lists.size(), 1u);
    const auto then = std::move(store->lists.front());
    store->lists.clear();
    then(std::move(content));
    consume_messages();
  }

  // The answer to a program whose question is answered by `content`.
  history_page page(part content, std::optional<stream_position> since = {}) {
    const auto got = find(since);
    answer(std::move(content));
    CAF_REQUIRE(*got);
    return **got;
  }

  static log_content log_of(std::uint64_t first, std::uint64_t last) {
    log_content made{.at = {0xE, last}, .first = first, .complete_from = 0, .now = 9'000, .ancestors = {{0xD, 4}}};
    for (auto offset = first; offset <= last; ++offset)
      made.entries.push_back({.offset = offset,
                              .time = 1'000 + static_cast<std::int64_t>(offset),
                              .message = {.stream = "s", .data = std::to_string(offset), .data_is_json = true}});
    return made;
  }

  std::uint64_t count(history_outcome which) const {
    return home.counters.history_answers[static_cast<std::size_t>(which)].get();
  }

  lane_home& home = *here.lanes.front();
  std::shared_ptr<fake_log_store> store = std::make_shared<fake_log_store>(here);
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(shared_listing_tests, fixture)

CAF_TEST(a part of a shared log is listed) {
  const auto found = page(log_of(3, 5));
  CAF_REQUIRE(found.listing != nullptr);
  CAF_CHECK(json::parse(*found.listing) == json::parse(R"({"epoch":"000000000000000e","first":3,"last":5,"messages":[
    {"offset":3,"time":1003,"data":3},{"offset":4,"time":1004,"data":4},{"offset":5,"time":1005,"data":5}]})"));
  CAF_CHECK_EQUAL(count(history_outcome::answered), 1u);
  CAF_CHECK_EQUAL(store->questions().size(), 1u);
  CAF_CHECK_EQUAL(home.counters.streams_opened.get(), 0u);
}

CAF_TEST(a position is answered if all behind it is there) {
  CAF_CHECK(page(log_of(3, 5), stream_position{0xE, 2}).outcome == history_outcome::answered);
  CAF_CHECK(page(log_of(3, 5), stream_position{0xD, 2}).outcome == history_outcome::answered);
  CAF_CHECK(page(log_of(6, 5), stream_position{0xE, 5}).outcome == history_outcome::answered);
  CAF_CHECK(page(log_of(3, 5), stream_position{0xE, 1}).outcome == history_outcome::too_old);
  CAF_CHECK(page(log_of(6, 5), stream_position{0xE, 4}).outcome == history_outcome::too_old);
  CAF_CHECK(page(log_of(6, 5), stream_position{0xE, 6}).outcome == history_outcome::ahead);
  CAF_CHECK(page(log_of(6, 5), stream_position{0xD, 5}).outcome == history_outcome::other_epoch);
  CAF_CHECK(page(log_of(1, 5), stream_position{0xA, 2}).outcome == history_outcome::other_epoch);
  CAF_CHECK_EQUAL(count(history_outcome::too_old), 2u);
}

CAF_TEST(a stream without a log is told apart) {
  const auto found = page(std::nullopt);
  CAF_CHECK(found.outcome == history_outcome::no_log);
  CAF_CHECK(!found.failure);
  const auto off = find({}, "typing/1");
  CAF_REQUIRE(*off);
  CAF_CHECK((*off)->outcome == history_outcome::no_log);
  CAF_CHECK(store->lists.empty());
}

CAF_TEST(a store that fails is told) {
  const auto found = find();
  answer(redis_error{redis_failure::away});
  CAF_REQUIRE(*found);
  CAF_CHECK((*found)->failure == redis_failure::away);
  CAF_CHECK((*found)->listing == nullptr);
}

CAF_TEST(a shared log is described) {
  const auto describe = [&](redis_result<part> content) {
    history_facts told;
    auto asked = self->request(home.directory, caf::infinite, describe_history{"s", 3});
    consume_messages();
    answer(std::move(content));
    asked.receive([&](const history_facts& facts) { told = facts; },
                  [&](const caf::error& why) { CAF_FAIL("no answer: " << sys.render(why)); });
    return told;
  };
  const auto facts = describe(log_of(3, 5));
  CAF_CHECK(facts.found && facts.is_shared);
  CAF_CHECK(facts.at == (stream_position{0xE, 5}));
  CAF_CHECK_EQUAL(facts.kept, 3u);
  CAF_CHECK_EQUAL(facts.bounds.limit, 5u);
  CAF_REQUIRE_EQUAL(facts.last.size(), 3u);
  CAF_CHECK_EQUAL(facts.last[0].offset, 3u);
  CAF_CHECK_EQUAL(facts.last[0].bytes, 1u);
  CAF_CHECK(!describe(part{}).found);
  CAF_CHECK(describe(redis_error{redis_failure::no_answer}).failure == redis_failure::no_answer);
}

CAF_TEST_FIXTURE_SCOPE_END()
