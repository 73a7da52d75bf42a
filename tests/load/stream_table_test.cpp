#define CAF_SUITE stream_table

#include "tests/load/harness/run/stream_table.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <caf/test/unit_test.hpp>

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
  CAF_CHECK_EQUAL(table.take(1), 0u);
  const auto child = ::fork();
  if (child == 0) {
    const bool as_it_was = table.next(1) == 1;
    table.take(1);
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

CAF_TEST(refusals are counted by stream and number sorted or not ) {
  stream_table table{{{"news", "news_{n}", 3}}};
  for (const auto number : {7u, 2u, 3u, 9u})
    table.refuse(1, number);
  table.refuse(0, 4);
  table.refuse(2, 4);
  for (int sorted = 0; sorted < 2; ++sorted) {
    CAF_CHECK_EQUAL(table.refused_in(1, 0, 10), 4u);
    CAF_CHECK_EQUAL(table.refused_in(1, 2, 7), 2u);
    CAF_CHECK_EQUAL(table.refused_in(1, 4, 7), 0u);
    CAF_CHECK_EQUAL(table.refused_in(0, 4, 5), 1u);
    CAF_CHECK_EQUAL(table.refused_in(2, 5, 100), 0u);
    if (sorted == 0)
      table.sort_refusals();
  }
  CAF_CHECK(!table.forgot_refusals());
}
