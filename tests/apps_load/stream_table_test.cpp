#define CAF_SUITE stream_table

#include "apps/load/clients/stream_table.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <caf/test/unit_test.hpp>
#include <chrono>
#include <vector>

using ability::load::stream_table;

CAF_TEST(streams are numbered set after set) {
  const stream_table table{{{"rooms", "room_{n}", 3}, {"news", "news", 1}, {"pairs", "{n}/{n}", 2}}};
  CAF_CHECK_EQUAL(table.size(), 6u);
  CAF_CHECK_EQUAL(table.streams_of(0), 3u);
  CAF_CHECK_EQUAL(table.index_of(0, 2), 2u);
  CAF_CHECK_EQUAL(table.index_of(2, 1), 5u);
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < table.size(); ++i)
    names.push_back(table.name_of(i));
  const std::vector<std::string> all{"room_0", "room_1", "room_2", "news", "0/0", "1/1"};
  CAF_CHECK_EQUAL(names, all);
}

CAF_TEST(a forked process counts on) {
  stream_table table{{{"news", "news", 2}}};
  CAF_CHECK_EQUAL(table.take(1, 0), 0u);
  const auto child = ::fork();
  if (child == 0) {
    const bool as_it_was = table.next(1) == 1;
    table.take(1, 0);
    table.refuse(1, 1);
    ::_exit(as_it_was ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CAF_CHECK_EQUAL(status, 0);
  CAF_CHECK_EQUAL(table.next(1), 2u);
  CAF_CHECK_EQUAL(table.next(0), 0u);
  CAF_CHECK_EQUAL(table.refused_in(1, 0, 2), 1u);
  CAF_CHECK_EQUAL(table.refused_in(1, 0, 1), 0u);
}

CAF_TEST(what the next number was a while ago is known as well as need be) {
  constexpr std::int64_t s = 1'000'000'000;
  constexpr std::int64_t grace = 3 * s;
  for (const auto pause : {s / 100, s / 2, s, 2 * s, 10 * s, 50 * s}) {
    stream_table table{{{"news", "news", 1}}, ability::load::milliseconds{3'000}};
    std::vector<std::int64_t> taken;
    for (auto time = 100 * s; taken.size() < 2'000; time += pause) {
      CAF_CHECK_EQUAL(table.take(0, time), taken.size());
      taken.push_back(time);
      const auto below = [&taken](std::int64_t at) {
        return static_cast<std::uint64_t>(std::ranges::lower_bound(taken, at) - taken.begin());
      };
      for (const auto now : {time, time + s / 3, time + grace, time + 100 * s}) {
        const auto due = table.next_before(0, now - grace);
        CAF_CHECK_LESS_OR_EQUAL(due, below(now - grace));
        CAF_CHECK_GREATER_OR_EQUAL(due, below(now - 2 * grace));
      }
      CAF_CHECK_LESS_OR_EQUAL(table.next_before(0, time - 20 * grace), below(time - 20 * grace));
    }
  }
}

CAF_TEST(refusals are counted by stream and number) {
  stream_table table{{{"news", "news_{n}", 3}}};
  for (const auto number : {7u, 2u, 3u, 9u, 63u, 64u, 1'000u})
    table.refuse(1, number);
  table.refuse(0, 4);
  table.refuse(2, 4);
  CAF_CHECK_EQUAL(table.refused_in(1, 0, 10), 4u);
  CAF_CHECK_EQUAL(table.refused_in(1, 2, 7), 2u);
  CAF_CHECK_EQUAL(table.refused_in(1, 4, 7), 0u);
  CAF_CHECK_EQUAL(table.refused_in(1, 63, 64), 1u);
  CAF_CHECK_EQUAL(table.refused_in(1, 64, 1'000), 1u);
  CAF_CHECK_EQUAL(table.refused_in(1, 9, 1'001), 4u);
  CAF_CHECK_EQUAL(table.refused_in(1, 5, 5), 0u);
  CAF_CHECK_EQUAL(table.refused_in(0, 4, 5), 1u);
  CAF_CHECK_EQUAL(table.refused_in(2, 5, 100), 0u);
  CAF_CHECK(!table.forgot_refusals());
}

CAF_TEST(many refusals of many streams are all known and quickly) {
  constexpr std::uint32_t streams = 1'000;
  constexpr std::uint64_t each = 300;
  stream_table table{{{"news", "news_{n}", streams}}};
  for (std::uint64_t i = 0; i < each; ++i)
    for (std::uint32_t stream = 0; stream < streams; ++stream)
      table.refuse(stream, i * 3 + stream % 3);
  CAF_CHECK(!table.forgot_refusals());
  const auto began = std::chrono::steady_clock::now();
  bool exact = true;
  for (std::uint32_t i = 0; i < 100'000; ++i)
    exact = exact && table.refused_in(i % streams, 300, 360) == 20;
  CAF_CHECK(exact);
  CAF_CHECK_LESS((std::chrono::steady_clock::now() - began).count(), 1'000'000'000);  // 10 us for each
}

CAF_TEST(what is forgotten is said) {
  stream_table table{{{"news", "news_{n}", 4'500'000}}};
  for (std::uint32_t stream = 0; stream < 4'500'000 && !table.forgot_refusals(); ++stream)
    table.refuse(stream, 5);
  CAF_CHECK(table.forgot_refusals());
}
