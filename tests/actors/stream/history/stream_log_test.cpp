#define CAF_SUITE stream_log
#include "actors/stream/history/stream_log.hpp"

#include <malloc.h>

#include <string>

#include "actors/stream/history/kept_positions.hpp"
#include "actors/stream/history/log_bounds.hpp"
#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

constexpr history_bounds three{.limit = 3, .ttl = 10s};
constexpr std::size_t roomy = 1'000'000;

struct fixture {
  stream_log uut{{{7, 0}, 1'000}};

  std::uint64_t append(std::string data, std::int64_t now, const history_bounds& most = three) {
    return uut.append({.stream = "s", .data = std::move(data), .data_is_json = true}, now, most, roomy);
  }

  std::string data(std::uint64_t offset) const {
    broadcast into{.stream = "s"};
    uut.read(offset, into);
    return into.data;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(stream_log_tests, fixture)

CAF_TEST(offsets count from one and the oldest publications go first) {
  CAF_CHECK_EQUAL(uut.first(), 1u);
  CAF_CHECK(uut.reaches_back_to(0));
  CAF_CHECK(!uut.reaches_back_to(1));
  for (std::uint64_t i = 1; i <= 5; ++i)
    CAF_CHECK_EQUAL(append(std::to_string(i), 2'000 + static_cast<std::int64_t>(i)), i);
  CAF_CHECK(uut.at() == (stream_position{7, 5}));
  CAF_CHECK_EQUAL(uut.first(), 3u);
  CAF_CHECK_EQUAL(uut.size(), 3u);
  for (std::uint64_t i = 3; i <= 5; ++i)
    CAF_CHECK_EQUAL(data(i), std::to_string(i));
  CAF_CHECK(!uut.reaches_back_to(1));
  CAF_CHECK(uut.reaches_back_to(2));
  CAF_CHECK(uut.reaches_back_to(5));
  CAF_CHECK(!uut.reaches_back_to(6));
  CAF_CHECK(!uut.reaches_back_to(~std::uint64_t{0}));
}

CAF_TEST(publications end with their age and the position stays) {
  append("1", 1'000);
  append("2", 5'000);
  uut.trim(10'999, three);
  CAF_CHECK_EQUAL(uut.size(), 2u);
  uut.trim(11'000, three);
  CAF_CHECK_EQUAL(uut.first(), 2u);
  uut.trim(99'000, three);
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK_EQUAL(uut.bytes(), 0u);
  CAF_CHECK(uut.at() == (stream_position{7, 2}));
  CAF_CHECK(uut.reaches_back_to(2));
  CAF_CHECK(!uut.reaches_back_to(1));
  CAF_CHECK_EQUAL(append("3", 99'000), 3u);
}

CAF_TEST(a time is answered if nothing since then is missing) {
  CAF_CHECK(uut.is_complete_since(1'000));
  CAF_CHECK(!uut.is_complete_since(999));
  append("1", 1'000);
  append("2", 2'000);
  append("3", 2'000);
  CAF_CHECK_EQUAL(uut.offset_before(1'000), 0u);
  CAF_CHECK_EQUAL(uut.offset_before(1'001), 1u);
  CAF_CHECK_EQUAL(uut.offset_before(2'000), 1u);
  CAF_CHECK_EQUAL(uut.offset_before(2'001), 3u);
  append("4", 3'000);
  CAF_CHECK(!uut.is_complete_since(1'000));
  CAF_CHECK(uut.is_complete_since(1'001));
  append("5", 3'000);
  CAF_CHECK(!uut.is_complete_since(2'000));
  CAF_CHECK(uut.is_complete_since(2'001));
}

CAF_TEST(times never go back) {
  append("1", 5'000);
  append("2", 3'000);
  CAF_CHECK_EQUAL(uut.offset_before(4'000), 0u);
  CAF_CHECK_EQUAL(uut.offset_before(5'001), 2u);
}

CAF_TEST(a log is bounded in bytes and a publication over the bound has its offset) {
  const history_bounds many{.limit = 1'000, .ttl = 10s};
  for (int i = 0; i < 100; ++i)
    uut.append({.stream = "s", .data = std::string(1'000, 'x')}, 1'000, many, 20'000);
  CAF_CHECK(uut.bytes() <= 20'000);
  CAF_CHECK(uut.size() >= 15);
  CAF_CHECK_EQUAL(uut.append({.stream = "s", .data = std::string(30'000, 'x')}, 1'000, many, 20'000), 101u);
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK(uut.reaches_back_to(101));
  CAF_CHECK(!uut.reaches_back_to(100));
}

CAF_TEST(a hundred publications of a hundred bytes take less than 20 KB) {
  const history_bounds hundred{};
  for (int i = 0; i < 300; ++i)
    uut.append({.stream = "s", .data = std::string(100, 'x')}, 1'000, hundred, roomy);
  CAF_CHECK_EQUAL(uut.size(), 100u);
  CAF_CHECK(uut.bytes() < 20'000);
  CAF_CHECK_EQUAL(uut.data_behind(200), 10'000u);
  CAF_CHECK_EQUAL(uut.data_behind(299), 100u);
  CAF_CHECK_EQUAL(uut.data_behind(300), 0u);
}

CAF_TEST(a publication is read as it was) {
  const broadcast all{
      .stream = "s", .data = "data", .data_is_json = false, .exclude_socket = "sid", .broadcast_type = "type"};
  uut.append(all, 1'000, three, roomy);
  broadcast read{.stream = "s", .data_is_json = true};
  uut.read(1, read);
  CAF_CHECK_EQUAL(read.data, "data");
  CAF_CHECK_EQUAL(read.exclude_socket, "sid");
  CAF_CHECK_EQUAL(read.broadcast_type, "type");
  CAF_CHECK(!read.data_is_json);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(positions of ended streams are bounded in number and time) {
  kept_positions uut{2, 10s, 1'000};
  const auto named = [](const char* name) { return std::make_shared<const std::string>(name); };
  uut.put(named("a"), {{1, 5}, 3'000}, 5'000);
  CAF_CHECK_EQUAL(uut.put(named("b"), {{2, 6}, 4'000}, 6'000), 0u);
  CAF_CHECK_EQUAL(uut.complete_from(), 1'000);
  CAF_CHECK_EQUAL(uut.put(named("c"), {{3, 7}, 5'000}, 7'000), 1u);
  CAF_CHECK_EQUAL(uut.size(), 2u);
  CAF_CHECK_EQUAL(uut.complete_from(), 3'000);
  CAF_CHECK(!uut.take("a", 7'000));
  const auto b = uut.take("b", 7'000);
  CAF_REQUIRE(b);
  CAF_CHECK(b->at == (stream_position{2, 6}));
  CAF_CHECK(!uut.take("b", 7'000));
  CAF_CHECK(!uut.take("c", 17'000));
  CAF_CHECK_EQUAL(uut.complete_from(), 5'000);
  uut.put(named("d"), {{4, 8}, 18'000}, 20'000);
  uut.forget("d");
  uut.forget("e");
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK_EQUAL(uut.complete_from(), 18'000);
}

CAF_TEST(a position with a long name counts as several) {
  kept_positions uut{4, 10s, 1'000};
  const auto named = [](char letter, std::size_t size) { return std::make_shared<const std::string>(size, letter); };
  for (const char letter : {'a', 'b', 'c', 'd'})
    uut.put(named(letter, kept_positions::usual_name - 1), {{1, 5}, 3'000}, 5'000);
  CAF_CHECK_EQUAL(uut.size(), 4u);
  uut.put(named('e', 2 * kept_positions::usual_name), {{1, 5}, 4'000}, 5'000);
  CAF_CHECK_EQUAL(uut.size(), 2u);
  CAF_CHECK_EQUAL(uut.complete_from(), 3'000);
  CAF_CHECK_EQUAL(uut.put(named('f', 5 * kept_positions::usual_name), {{1, 5}, 6'000}, 5'000), 3u);
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK_EQUAL(uut.complete_from(), 6'000);
}

#ifdef __GLIBC__
CAF_TEST(a position with a name of 20 bytes takes less than 180 bytes) {
  static constexpr std::size_t count = 10'000;
  kept_positions uut{2 * count, 10s, 1'000};
  const auto put = [&](std::size_t number) {
    uut.put(std::make_shared<const std::string>("chat/room/" + std::to_string(1'000'000'000 + number)), {}, 5'000);
  };
  for (std::size_t i = 0; i < count; ++i)
    put(i);
  const auto before = ::mallinfo2().uordblks;  // 0 with a sanitizer
  for (std::size_t i = count; i < 2 * count; ++i)
    put(i);
  CAF_CHECK_LESS((::mallinfo2().uordblks - before) / count, 180u);
  CAF_CHECK_EQUAL(uut.size(), 2 * count);
}
#endif

CAF_TEST(a directory that may keep no position does not answer for the time before) {
  kept_positions uut{0, 10s, 1'000};
  CAF_CHECK_EQUAL(uut.put(std::make_shared<const std::string>("a"), {{1, 5}, 3'000}, 5'000), 1u);
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK(!uut.take("a", 5'000));
  CAF_CHECK_EQUAL(uut.complete_from(), 3'000);
}

CAF_TEST(the first rule that fits gives the bounds) {
  const history_settings how{.bounds = {.limit = 10, .ttl = 1s},
                             .rules = {{.pattern = "a*", .limit = 5},
                                       {.pattern = "ab*", .is_off = true},
                                       {.pattern = "b*", .is_off = true},
                                       {.pattern = "*", .ttl = 2s}}};
  CAF_CHECK(log_bounds(how, "abc") == (history_bounds{5, 1s}));
  CAF_CHECK(!log_bounds(how, "b"));
  CAF_CHECK(log_bounds(how, "c") == (history_bounds{10, 2s}));
  CAF_CHECK(!log_bounds({.broker = history_broker::none}, "c"));
  CAF_CHECK(!log_bounds({.bounds = {.limit = 0}}, "c"));
}
