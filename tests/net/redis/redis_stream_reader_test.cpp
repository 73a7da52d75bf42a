// Labels: hardened
#define CAF_SUITE redis_stream_reader
#include "tests/net/redis/redis_stream_reader_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(redis_stream_reader_tests, reader_fixture)

CAF_TEST(entries are read and acknowledged and deleted) {
  consumer uut{*this, server};
  CAF_CHECK_EQUAL(uut.next(), "up");
  add("1-0", "a");
  add("2-0", "b");
  CAF_CHECK_EQUAL(uut.all_entries(2), "1-0=a 2-0=b");
  CAF_CHECK_EQUAL(pending(), ":2\r\n");
  uut.acknowledge({{1, 0}, {2, 0}});
  CAF_CHECK_EQUAL(uut.next("acknowledged"), "acknowledged 1-0 2-0");
  CAF_CHECK_EQUAL(pending(), ":0\r\n");
  CAF_CHECK_EQUAL(client.run({"XLEN", "s"}), ":0\r\n");
}

CAF_TEST(without entries the answer is empty after a while) {
  consumer uut{*this, server};
  uut.reader.read(10);
  CAF_CHECK_EQUAL(uut.next("read"), "read ");
}

CAF_TEST(what was there before the group is read) {
  add("1-0", "a");
  consumer uut{*this, server};
  CAF_CHECK_EQUAL(uut.entries(), "1-0=a");
}

CAF_TEST(each entry goes to one consumer) {
  consumer one{*this, server};
  consumer other{*this, server};
  one.next("up");
  other.next("up");
  for (int i = 1; i <= 20; ++i)
    add(std::to_string(i) + "-0", "x");
  const auto first = one.entries(5);
  const auto second = other.entries(5);
  CAF_CHECK(first.starts_with("1-0=x"));
  CAF_CHECK(second.find("1-0=x ") != 0);
}

CAF_TEST(entries that were not acknowledged come again after a loss) {
  consumer uut{*this, server};
  add("1-0", "a");
  add("2-0", "b");
  uut.all_entries(2);
  uut.acknowledge({{1, 0}});
  uut.next("acknowledged");
  uut.reader.read(10);
  client.run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  uut.next("down");
  add("3-0", "c");
  CAF_CHECK_EQUAL(uut.entries(), "2-0=b");
  CAF_CHECK_EQUAL(uut.entries(), "3-0=c");
}

CAF_TEST(an acknowledgement without an answer is sent again) {
  consumer uut{*this, server};
  add("1-0", "a");
  uut.entries();
  client.run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  uut.acknowledge({{1, 0}});
  CAF_CHECK_EQUAL(uut.next("acknowledged"), "acknowledged 1-0");
  CAF_CHECK_EQUAL(pending(), ":0\r\n");
}

CAF_TEST(a server that is back empty has the group again) {
  std::optional<redis_process> mortal{std::in_place};
  const auto port = mortal->port();
  consumer uut{*this, *mortal};
  CAF_CHECK_EQUAL(uut.next(), "up");
  uut.reader.read(10);
  mortal.reset();
  uut.next("down");
  mortal.emplace(std::vector<std::string>{}, port);
  redis_client{*mortal}.run({"XADD", "s", "1-0", "payload", "a"});
  CAF_CHECK_EQUAL(uut.entries(), "1-0=a");
}

CAF_TEST(a stream that is deleted is made again) {
  consumer uut{*this, server};
  uut.next("up");
  uut.reader.read(10);
  client.run({"DEL", "s"});
  add("1-0", "a");
  CAF_CHECK_EQUAL(uut.entries(), "1-0=a");
  client.run({"XGROUP", "DESTROY", "s", "g"});
  add("2-0", "b");
  // The first one was not acknowledged, so the new group has it, too.
  CAF_CHECK_EQUAL(uut.all_entries(2), "1-0=a 2-0=b");
}

CAF_TEST(a key that is no stream is told and waited for) {
  client.run({"SET", "s", "text"});
  consumer uut{*this, server};
  uut.reader.read(10);
  CAF_CHECK(uut.next("down").find("XREADGROUP refused: WRONGTYPE") != std::string::npos);
  client.run({"DEL", "s"});
  add("1-0", "a");
  CAF_CHECK_EQUAL(uut.next("up"), "up");
  CAF_CHECK_EQUAL(uut.next("read 1"), "read 1-0=a");
}

CAF_TEST(an entry that is too large is passed over as it comes) {
  add("1-0", std::string(1'000'001, 'x'));
  add("2-0", std::string(5'000'000, 'x'));
  add("3-0", "a");
  consumer uut{*this, server};
  CAF_CHECK_EQUAL(uut.all_entries(3), "1-0=TOO_LARGE 2-0=TOO_LARGE 3-0=a");
}

CAF_TEST(entries that are too large together are read in smaller parts) {
  for (int i = 1; i <= 30; ++i)
    add(std::to_string(i) + "-0", std::to_string(i) + std::string(900'000, 'x'));
  consumer uut{*this, server};
  std::string expected;
  for (int i = 1; i <= 30; ++i) {
    const auto number = std::to_string(i);
    expected.append(i == 1 ? "" : " ").append(number).append("-0=").append(number).append(20 - number.size(), 'x');
  }
  CAF_CHECK_EQUAL(uut.all_entries(30), expected);
}

CAF_TEST(an entry that no answer can hold is found and passed over) {
  add("1-0", "a");
  client.run(
      {"EVAL", "local all = {} for i = 1, 6000 do all[i] = 'x' end redis.call('XADD', 's', '2-0', unpack(all))", "0"});
  client.run({"EVAL",
              "local value = string.rep('y', 1000000) local all = {} "
              "for i = 1, 20 do all[2 * i - 1] = 'f' all[2 * i] = value end "
              "redis.call('XADD', 's', '3-0', unpack(all))",
              "0"});
  add("4-0", "b");
  consumer uut{*this, server};
  const auto first = uut.all_entries(2);
  CAF_CHECK_EQUAL(first, "1-0=a 2-0=NO_PAYLOAD");
  CAF_CHECK_EQUAL(uut.entries(), "3-0=TOO_LARGE");
  uut.acknowledge({{3, 0}});
  CAF_CHECK_EQUAL(uut.entries(), "4-0=b");
}

CAF_TEST_FIXTURE_SCOPE_END()
