#define CAF_SUITE session_commands
#include "protocol/redis_sessions/session_commands.hpp"

#include <set>
#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

std::string tag_of(const std::string& key) {
  const auto begin = key.find('{');
  return key.substr(begin + 1, key.find('}') - begin - 1);
}

const session_keys keys{"ability"};

session_caller caller() { return {keys, "node-0123456789A", 60s}; }

}  // namespace

CAF_TEST(all keys and channels have one hash tag and differ) {
  std::set<std::string> all;
  for (const auto& each :
       {keys.records, keys.due, keys.owed, keys.of, keys.nodes, keys.moved, keys.channel_of("node-0123456789A")}) {
    CAF_CHECK_EQUAL(tag_of(each), "sessions");
    CAF_CHECK(each.starts_with("ability:"));
    all.insert(each);
  }
  CAF_CHECK_EQUAL(all.size(), 7u);
}

CAF_TEST(a record tells its owner and the digests at fixed places) {
  const std::string credential(session_digest_size, 'c');
  const std::string identity(session_digest_size, 'i');
  const packed_session what{"s1", credential, identity, true, "the body"};
  const auto kept = keep_command(caller(), what, false);
  CAF_CHECK(kept.script == session_script::keep);
  CAF_CHECK_EQUAL(kept.words[6], "node-0123456789A");
  CAF_CHECK_EQUAL(kept.words[7], "60000");
  CAF_CHECK_EQUAL(kept.words[10], "1d----------------" + credential + identity + "the body");
  const auto owed = owe_command(caller(), "s1", &what, "s0");
  CAF_CHECK_EQUAL(owed.words[10], "1dnode-0123456789A" + credential + identity + "the body");
  CAF_CHECK_EQUAL(owed.words[11], "s0");
  CAF_CHECK_EQUAL(owe_command(caller(), "s1", nullptr, "s0").words[10], "");
}

CAF_TEST(a command names its script by the digest or by its text) {
  const auto command = settle_command(caller(), "s1");
  const auto by_digest = command.bytes(script_form::digest);
  CAF_CHECK(by_digest.starts_with("*13\r\n$7\r\nEVALSHA\r\n$40\r\n" + script_of(session_script::settle).digest));
  CAF_CHECK(by_digest.ends_with("$2\r\ns1\r\n"));
  CAF_CHECK(command.bytes(script_form::text).find(script_of(session_script::settle).text) != std::string::npos);
}

CAF_TEST(digests are hex digits and differ) {
  std::set<std::string> all;
  for (const auto* each : {"", "a", "b", "ab"}) {
    CAF_CHECK_EQUAL(session_digest(each).size(), session_digest_size);
    all.insert(session_digest(each));
  }
  CAF_CHECK_EQUAL(all.size(), 4u);
  CAF_CHECK_EQUAL(session_digest("").substr(0, 8), "e3b0c442");
}

CAF_TEST(each script has a digest of its own) {
  std::set<std::string> all;
  for (std::size_t i = 0; i < session_scripts; ++i)
    all.insert(script_of(static_cast<session_script>(i)).digest);
  CAF_CHECK_EQUAL(all.size(), session_scripts);
}
