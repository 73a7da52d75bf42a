// Labels: hardened
#define CAF_SUITE redis_stream_claims
#include "tests/net/redis/redis_stream_reader_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(redis_stream_claims_tests, reader_fixture)

CAF_TEST(entries of a consumer that is gone are taken over) {
  consumer uut{*this, server};
  uut.next("up");
  add("1-0", "a");
  add("2-0", "b");
  take_elsewhere();
  add("3-0", "c");
  uut.entries();  // the third one
  uut.reader.claim(10);
  CAF_CHECK_EQUAL(uut.all_entries(2).substr(0, 11), "1-0=a 2-0=b");
  CAF_CHECK(uut.claimed(2) >= 2);
}

CAF_TEST(no more entries are taken over than asked for) {
  consumer uut{*this, server};
  uut.next("up");
  for (int i = 1; i <= 9; ++i)
    add(std::to_string(i) + "-0", "x");
  take_elsewhere();
  uut.reader.claim(4);
  uut.all_entries(4);
  CAF_CHECK_EQUAL(uut.claimed(4), 4U);
}

CAF_TEST(an entry that was deleted by others is told of) {
  consumer uut{*this, server};
  uut.next("up");
  add("1-0", "a");
  uut.entries();
  client.run({"XDEL", "s", "1-0"});
  client.run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  CAF_CHECK_EQUAL(uut.entries(), "1-0=GONE");
}

CAF_TEST(a consumer that leaves removes itself) {
  consumer uut{*this, server};
  add("1-0", "a");
  uut.entries();
  uut.acknowledge({{1, 0}});
  uut.next("acknowledged");
  CAF_CHECK_EQUAL(consumers(), ":1\r\n");
  uut.reader.stop_reading();
  uut.reader.leave();
  uut.next("left");
  CAF_CHECK_EQUAL(consumers(), ":0\r\n");
}

CAF_TEST(what a consumer leaves behind others can claim at once) {
  consumer uut{*this, server};
  add("1-0", "a");
  uut.entries();
  uut.reader.stop_reading();
  uut.reader.leave();
  uut.next("left");
  CAF_CHECK_EQUAL(consumers(), ":1\r\n");
  CAF_CHECK_EQUAL(pending(), ":1\r\n");
  CAF_CHECK_EQUAL(
      client.run({"EVAL", "return #redis.call('XAUTOCLAIM', 's', 'g', 'other', 3600000, '0', 'JUSTID')[2]", "0"}),
      ":1\r\n");
}

CAF_TEST(leaving without a connection is answered at once) {
  std::optional<redis_process> mortal{std::in_place};
  consumer uut{*this, *mortal};
  uut.next("up");
  mortal.reset();
  uut.next("down");
  uut.reader.stop_reading();
  uut.reader.leave();
  uut.next("left");
}
CAF_TEST_FIXTURE_SCOPE_END()
