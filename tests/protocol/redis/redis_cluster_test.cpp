#define CAF_SUITE redis_cluster
#include "protocol/redis/redis_cluster.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::string_view_literals;

namespace {

using kind = redis_value::kind;

const redis_address asked{"10.0.0.9", 7000};

redis_value number(std::int64_t what) { return {.what = kind::number, .number = what}; }
redis_value text(std::string what) { return {.what = kind::text, .text = std::move(what)}; }
redis_value list(std::vector<redis_value> items) { return {.what = kind::list, .items = std::move(items)}; }

redis_value node(redis_value host, std::int64_t port) {
  return list({std::move(host), number(port), text("0123456789abcdef0123456789abcdef01234567"), list({})});
}

redis_value range(std::int64_t first, std::int64_t last, redis_value master) {
  return list({number(first), number(last), std::move(master), node(text("10.0.0.4"), 7004)});
}

std::string told(std::string_view error) {
  const auto read = read_redirect(error, asked);
  if (!read)
    return "none";
  return (read->is_ask ? "ask " : "moved ") + std::to_string(read->slot) + ' ' +
         (read->to ? read->to->host + ' ' + std::to_string(read->to->port) : "nowhere");
}

}  // namespace

CAF_TEST(slots are those of the specification) {
  CAF_CHECK_EQUAL(redis_slot_of("123456789"), 0x31C3u);
  // As CLUSTER KEYSLOT of Redis 7.0 tells them.
  CAF_CHECK_EQUAL(redis_slot_of("foo"), 12'182u);
  CAF_CHECK_EQUAL(redis_slot_of("somekey"), 11'058u);
  CAF_CHECK_EQUAL(redis_slot_of(""), 0u);
  CAF_CHECK_EQUAL(redis_slot_of("\xff\x00\x80"sv), redis_slot_of("x{\xff\x00\x80}"sv));
}

CAF_TEST(the tag of a key decides on its slot) {
  CAF_CHECK_EQUAL(redis_slot_of("foo{hash_tag}"), redis_slot_of("hash_tag"));
  CAF_CHECK_EQUAL(redis_slot_of("ability:head{s:news}"), redis_slot_of("ability:log{s:news}"));
  CAF_CHECK_EQUAL(redis_slot_of("a{b}{c}"), redis_slot_of("b"));
  CAF_CHECK_EQUAL(redis_slot_of("a{{b}}c"), redis_slot_of("{b"));
  CAF_CHECK_NOT_EQUAL(redis_slot_of("a{}b"), redis_slot_of("c{}d"));
  CAF_CHECK_NOT_EQUAL(redis_slot_of("a{b"), redis_slot_of("c{b"));
}

CAF_TEST(a map of slots is read) {
  const auto map = read_slot_map(
      list({range(0, 5'460, node(text("10.0.0.1"), 7001)), range(5'461, 16'383, node(text("2001:db8::1"), 7002))}),
      asked);
  CAF_REQUIRE(map);
  CAF_CHECK(*map ==
            (std::vector<redis_slot_range>{{0, 5'460, {"10.0.0.1", 7001}}, {5'461, 16'383, {"2001:db8::1", 7002}}}));
  CAF_CHECK(read_slot_map(list({}), asked)->empty());
}

CAF_TEST(a master without a host is the one that was asked) {
  const auto map = read_slot_map(
      list({range(0, 1, node({}, 7001)), range(2, 3, node(text(""), 7002)), range(4, 5, node(text("?"), 7003))}),
      asked);
  CAF_REQUIRE(map);
  CAF_CHECK(*map == (std::vector<redis_slot_range>{{0, 1, {"10.0.0.9", 7001}}, {2, 3, {"10.0.0.9", 7002}}}));
}

CAF_TEST(what is no map is told) {
  CAF_CHECK(!read_slot_map(text("x"), asked));
  CAF_CHECK(!read_slot_map(list({number(1)}), asked));
  CAF_CHECK(!read_slot_map(list({list({number(0), number(1)})}), asked));
  CAF_CHECK(!read_slot_map(list({range(-1, 5, node(text("a"), 1))}), asked));
  CAF_CHECK(!read_slot_map(list({range(0, 16'384, node(text("a"), 1))}), asked));
  CAF_CHECK(!read_slot_map(list({range(5, 4, node(text("a"), 1))}), asked));
  CAF_CHECK(read_slot_map(list({range(0, 1, node(text("a"), 0))}), asked)->empty());
  CAF_CHECK(read_slot_map(list({range(0, 1, node(text("a"), 65'536))}), asked)->empty());
  CAF_CHECK(read_slot_map(list({range(0, 1, node(text(std::string(256, 'a')), 1))}), asked)->empty());
}

CAF_TEST(a redirect is read) {
  CAF_CHECK_EQUAL(told("MOVED 3999 127.0.0.1:6381"), "moved 3999 127.0.0.1 6381");
  CAF_CHECK_EQUAL(told("ASK 16383 redis-2.example:6381"), "ask 16383 redis-2.example 6381");
  CAF_CHECK_EQUAL(told("MOVED 0 2001:db8::1:6381"), "moved 0 2001:db8::1 6381");
  CAF_CHECK_EQUAL(told("MOVED 7 :6381"), "moved 7 10.0.0.9 6381");
  CAF_CHECK_EQUAL(told("MOVED 7 ?:6381"), "moved 7 nowhere");
}

CAF_TEST(what is no redirect is told) {
  for (const char* each :
       {"", "ERR x", "MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED 1 a", "MOVED 1 a:0",
        "MOVED 1 a:65536", "MOVED -1 a:1", "MOVED  1 a:1", "moved 1 a:1", "TRYAGAIN x"})
    CAF_CHECK_EQUAL(told(each), "none");
  CAF_CHECK(is_try_again("TRYAGAIN Multiple keys request during rehashing of slot"));
  CAF_CHECK(!is_try_again("MOVED 1 a:1"));
}
