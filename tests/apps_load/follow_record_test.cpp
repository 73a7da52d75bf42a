#define CAF_SUITE follow_record

#include "apps/load/clients/follow_record.hpp"

#include <algorithm>
#include <caf/test/unit_test.hpp>
#include <numeric>
#include <random>
#include <vector>

using ability::load::coming;
using ability::load::follow_record;
using ability::load::stream_refusals;
using ability::load::stream_table;

namespace {

constexpr std::int64_t s = 1'000'000'000;

struct record_fixture {
  stream_table streams{{{"news", "news", 1}}};
  stream_refusals refused{streams, 0};
  follow_record record;

  coming came(std::uint64_t number, std::uint32_t publisher = 1, std::int64_t at = 0) {
    return record.came(number, publisher, at, refused);
  }
  void came_all(std::uint64_t first, std::uint64_t end) {
    for (auto i = first; i < end; ++i)
      CAF_CHECK(came(i) == coming::fresh);
  }
  std::uint64_t lost(std::uint64_t next) const { return record.finish(next, refused).lost; }
  std::uint64_t missed(std::uint64_t next) const { return record.finish(next, refused).missed; }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(follow_record_tests, record_fixture)

CAF_TEST(in turn nothing is lost) {
  record.follow(0, refused);
  came_all(0, 100);
  CAF_CHECK_EQUAL(lost(100), 0u);
  CAF_CHECK_EQUAL(lost(103), 3u);
  CAF_CHECK_EQUAL(record.outstanding(103, refused), 3u);
}

CAF_TEST(what was handed in before the confirmation may come and need not ) {
  record.follow(5, refused);
  came_all(5, 8);
  CAF_CHECK_EQUAL(lost(8), 0u);
  CAF_CHECK_EQUAL(record.outstanding(8, refused), 0u);
  CAF_CHECK(came(3, 2) == coming::fresh);
  CAF_CHECK(came(3, 2) == coming::duplicate);
  CAF_CHECK(came(4, 1) == coming::belated);
  CAF_CHECK_EQUAL(lost(8), 0u);
}

CAF_TEST(what comes before the confirmation is no loss) {
  CAF_CHECK(came(2) == coming::fresh);
  CAF_CHECK(came(4) == coming::fresh);
  record.follow(7, refused);
  came_all(7, 9);
  CAF_CHECK(came(4) == coming::duplicate);
  CAF_CHECK_EQUAL(lost(9), 0u);
}

CAF_TEST(gaps are lost until they are filled) {
  record.follow(0, refused);
  came_all(0, 3);
  CAF_CHECK(came(7) == coming::fresh);
  CAF_CHECK_EQUAL(lost(8), 4u);
  CAF_CHECK(came(5, 2) == coming::fresh);
  CAF_CHECK(came(5, 2) == coming::duplicate);
  CAF_CHECK_EQUAL(lost(8), 3u);
  CAF_CHECK(came(3, 2) == coming::belated);
  CAF_CHECK(came(4, 2) == coming::belated);
  CAF_CHECK_EQUAL(lost(8), 1u);
  CAF_CHECK(came(6, 3) == coming::fresh);
  CAF_CHECK_EQUAL(lost(8), 0u);
  CAF_CHECK(came(8, 1) == coming::fresh);
  CAF_CHECK(came(2) == coming::duplicate);
}

CAF_TEST(order is told by publisher) {
  record.follow(0, refused);
  came_all(0, 2);
  CAF_CHECK(came(3, 1) == coming::fresh);
  CAF_CHECK(came(4, 2) == coming::fresh);
  // 2 is of publisher 3, none of whose own later messages has arrived
  CAF_CHECK(came(2, 3) == coming::fresh);
  CAF_CHECK(came(6, 3) == coming::fresh);
  CAF_CHECK(came(5, 3) == coming::belated);
}

CAF_TEST(refused ones are not lost) {
  record.follow(0, refused);
  came_all(0, 2);
  came(5);
  streams.refuse(0, 2);
  streams.refuse(0, 4);
  streams.refuse(0, 6);
  CAF_CHECK_EQUAL(lost(8), 2u);
  CAF_CHECK_EQUAL(record.outstanding(8, refused), 2u);
}

CAF_TEST(what is published while the connection is lost is missed) {
  record.follow(0, refused);
  came_all(0, 10);
  came(12);
  record.lose();
  CAF_CHECK_EQUAL(missed(15), 4u);
  record.follow(20, refused);
  came_all(20, 25);
  CAF_CHECK_EQUAL(missed(26), 9u);
  CAF_CHECK_EQUAL(lost(26), 1u);
  CAF_CHECK(came(11) == coming::belated);
  CAF_CHECK_EQUAL(missed(26), 8u);
}

CAF_TEST(what comes before the client is known to be back does not hide what it missed) {
  record.follow(0, refused);
  came_all(0, 10);
  record.lose();
  CAF_CHECK(came(15) == coming::fresh);
  CAF_CHECK_EQUAL(missed(16), 5u);
  record.follow(16, refused);
  came_all(16, 18);
  CAF_CHECK_EQUAL(missed(18), 5u);
  CAF_CHECK_EQUAL(lost(18), 0u);
}

CAF_TEST(who leaves need not get what was on its way) {
  record.follow(0, refused);
  came_all(0, 10);
  came(12, 1, 1 * s);
  came(15, 1, 9 * s);
  record.leave(16, 16, 10 * s, 5 * s, refused);
  CAF_CHECK_EQUAL(lost(100), 2u);
  CAF_CHECK_EQUAL(record.outstanding(100, refused), 0u);
  record.follow(50, refused);
  came_all(50, 52);
  CAF_CHECK_EQUAL(lost(52), 2u);
  CAF_CHECK_EQUAL(missed(52), 0u);
}

CAF_TEST(who leaves has lost what should have been there) {
  record.follow(0, refused);
  came_all(0, 10);
  record.leave(30, 25, 10 * s, 5 * s, refused);
  CAF_CHECK_EQUAL(lost(100), 15u);
  CAF_CHECK_EQUAL(missed(100), 0u);
  record.follow(40, refused);
  CAF_CHECK_EQUAL(lost(40), 15u);
  follow_record up_to_date;
  up_to_date.follow(0, refused);
  up_to_date.came(7, 1, 10 * s, refused);
  up_to_date.leave(9, 5, 10 * s, 5 * s, refused);
  CAF_CHECK_EQUAL(up_to_date.finish(100, refused).lost, 0u);
}

CAF_TEST(who was lost and then leaves has missed what there was) {
  record.follow(0, refused);
  came_all(0, 4);
  record.lose();
  record.leave(9, 9, 0, s, refused);
  CAF_CHECK_EQUAL(missed(100), 5u);
  CAF_CHECK_EQUAL(lost(100), 0u);
}

CAF_TEST(nobody who does not follow loses anything) {
  CAF_CHECK_EQUAL(lost(10), 0u);
  record.lose();
  record.leave(5, 5, 0, 0, refused);
  CAF_CHECK_EQUAL(lost(10) + missed(10), 0u);
}

CAF_TEST(memory has a bound and the count stays exact when the lost never come) {
  record.follow(0, refused);
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < 10 * follow_record::max_gaps; ++i) {
    CAF_CHECK(came(end) == coming::fresh);
    end += 3;
  }
  CAF_CHECK_EQUAL(lost(end), 2u * 10 * follow_record::max_gaps);
  // The same with one big gap that breaks up.
  follow_record big;
  big.follow(0, refused);
  big.came(100'000, 1, 0, refused);
  for (std::uint64_t i = 1; i < 100'000; i += 2)
    big.came(i, 1, 0, refused);
  CAF_CHECK_EQUAL(big.finish(100'001, refused).lost, 50'000u);
}

CAF_TEST(memory has a bound however often a client comes back) {
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < 10 * follow_record::max_gaps; ++i) {
    record.follow(next, refused);
    came_all(next, next + 1);
    record.lose();
    next += 3;
  }
  CAF_CHECK_EQUAL(missed(next), 2u * 10 * follow_record::max_gaps);
  CAF_CHECK_LESS_OR_EQUAL(record.gaps(), follow_record::max_gaps);
}

CAF_TEST(any order any holes any repeats are counted as a list would) {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    follow_record one;
    const std::uint64_t from = random() % 20;
    const std::uint64_t end = from + random() % 60;
    one.follow(from, refused);
    std::vector<std::uint64_t> arrivals;
    for (std::uint64_t i = 0; i < end; ++i)
      for (auto times = random() % 5 == 0 ? random() % 3 : 1; times > 0; --times)
        arrivals.push_back(i);
    for (std::size_t i = 0; i + 1 < arrivals.size(); ++i)
      if (random() % 4 == 0)
        std::swap(arrivals[i], arrivals[std::min<std::size_t>(arrivals.size() - 1, i + 1 + random() % 6)]);
    std::vector<bool> seen(end);
    std::uint64_t highest = 0;
    for (const auto number : arrivals) {
      const auto how = one.came(number, 1, 0, refused);
      CAF_CHECK_EQUAL(how == coming::duplicate, seen[number]);
      if (how != coming::duplicate)
        CAF_CHECK_EQUAL(how == coming::belated, number < highest);
      seen[number] = true;
      highest = std::max(highest, number);
    }
    const auto never =
        static_cast<std::uint64_t>(std::count(seen.begin() + static_cast<std::ptrdiff_t>(from), seen.end(), false));
    CAF_CHECK_EQUAL(one.finish(end, refused).lost, never);
    CAF_CHECK_EQUAL(one.outstanding(end, refused), never);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
