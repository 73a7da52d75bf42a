#define CAF_SUITE redis_log_keys
#include "protocol/redis_log/log_keys.hpp"

#include <set>
#include <string>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "protocol/redis_log/log_scripts.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"

using namespace ability;

namespace {

// The part of a key by which a Redis Cluster chooses the server: redis.io "Redis cluster specification".
std::string tag_of(const std::string& key) {
  const auto begin = key.find('{');
  if (begin == std::string::npos)
    return key;
  const auto end = key.find('}', begin + 1);
  return end == std::string::npos || end == begin + 1 ? key : key.substr(begin + 1, end - begin - 1);
}

const std::vector<std::string> odd_names{"a",   "",   "}", "{", "{}", "a}b", "a{b", "}a", std::string{"\0", 1},
                                         "s:a", "a}i"};

}  // namespace

CAF_TEST(all keys of a stream have one hash tag) {
  for (const auto& name : odd_names) {
    const log_keys keys{"ability", name};
    CAF_CHECK_EQUAL(tag_of(keys.head), tag_of(keys.log));
    CAF_CHECK_EQUAL(tag_of(keys.head), tag_of(keys.channel));
    CAF_CHECK_EQUAL(tag_of(keys.head), tag_of(log_id_key("ability", name, "an}id{")));
  }
}

CAF_TEST(no two streams share a key) {
  std::set<std::string> all;
  std::size_t count = 0;
  for (const auto& name : odd_names) {
    const log_keys keys{"ability", name};
    all.insert({keys.head, keys.log, keys.channel});
    count += 3;
    for (const auto& id : odd_names) {
      all.insert(log_id_key("ability", name, id));
      ++count;
    }
  }
  CAF_CHECK_EQUAL(all.size(), count);
}

CAF_TEST(databases have channels of their own and keys of the same names) {
  const log_keys first{"ability", "s"};
  const log_keys second{"ability", "s", 1};
  CAF_CHECK_EQUAL(second.head, first.head);
  CAF_CHECK_EQUAL(first.channel, "ability:new{s:s}");
  CAF_CHECK_EQUAL(second.channel, "ability:new:1{s:s}");
}

CAF_TEST(a prefix has no braces) {
  CAF_CHECK(is_log_prefix("shop:eu"));
  CAF_CHECK(!is_log_prefix("{shop}"));
  CAF_CHECK_EQUAL((log_keys{"shop", "news"}.head), "shop:head{s:news}");
}

CAF_TEST(a packed publication is unpacked as it was) {
  const broadcast message{.stream = "s",
                          .data = std::string{"a:1\0", 4},
                          .data_is_json = true,
                          .exclude_socket = "sid:",
                          .broadcast_type = "presence"};
  const auto packed = pack_broadcast(message);
  const auto read = unpack_broadcast("s", packed);
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(read->stream, "s");
  CAF_CHECK_EQUAL(read->data, message.data);
  CAF_CHECK(read->data_is_json);
  CAF_CHECK_EQUAL(read->exclude_socket, message.exclude_socket);
  CAF_CHECK_EQUAL(read->broadcast_type, message.broadcast_type);
  CAF_CHECK_EQUAL(pack_broadcast({.stream = "s", .data = "x"}), "1t0:0:x");
}

CAF_TEST(other bytes are no publication) {
  for (const std::string text : {"", "1", "1t", "1t0", "1t0:", "1t0:0", "2t0:0:x", "1x0:0:x",
                                 "1t1:0:", "1t0:1:", "1t-1:0:x", "1t18446744073709551615:1:x", "1t:0:x", "1t0x:0:x"})
    CAF_CHECK(!unpack_broadcast("s", text));
}

CAF_TEST(a script is named by its digest) {
  CAF_CHECK_EQUAL(log_script{"return 1"}.digest, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  CAF_CHECK_NOT_EQUAL(append_script().digest, read_script().digest);
}
