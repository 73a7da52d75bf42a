// Logs that others have written to, or that a server has lost and got back.
#define CAF_SUITE redis_log_strangers
#include "protocol/redis_log/log_answers.hpp"

#include <optional>
#include <thread>

#include "protocol/redis_log/log_commands.hpp"
#include "protocol/redis_log/log_scripts.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"
#include "tests/net/redis/redis_pipeline_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct strangers_fixture : pipeline_fixture {
  redis_process server;
  std::optional<client> first{std::in_place, *this, at(server)};
  client& one = *first;
  log_keys keys{"ability", "s"};
  log_times times{.ttl = 60s, .position_ttl = 600s};
  std::uint64_t fresh = 100;

  strangers_fixture() { one.until_up(); }

  log_caller by() { return {.writer = one.pipeline.server().replication_id, .fresh_epoch = ++fresh, .known = {}}; }

  static void replicate(client& from, client& master, const redis_process& at) {
    master.ask(command({"CONFIG", "SET", "repl-diskless-sync", "yes"}));
    master.ask(command({"CONFIG", "SET", "repl-diskless-sync-delay", "0"}));
    from.ask(command({"CONFIG", "SET", "repl-diskless-load", "swapdb"}));  // no file, which other tests would load
    from.ask(command({"REPLICAOF", "127.0.0.1", std::to_string(at.port())}));
    while (from.ask(command({"INFO", "replication"})).text.find("master_link_status:up") == std::string::npos)
      std::this_thread::sleep_for(20ms);
  }

  redis_result<log_appended> try_append(const std::string& data, std::string_view id_key = {}) {
    const auto packed = pack_broadcast({.stream = "s", .data = data});
    const log_append what{.packed = packed, .mark = "node:1", .limit = 100, .id_key = id_key, .dedupe = 60s};
    return read_appended(one.ask(append_command(keys, by(), times, what, script_form::text)));
  }

  /// The position, or what has failed.
  std::string append(const std::string& data, std::string_view id_key = {}) {
    const auto got = try_append(data, id_key);
    if (const auto* const error = std::get_if<redis_error>(&got))
      return error->detail;
    const auto& at = std::get<log_appended>(got).at;
    return std::to_string(at.epoch) + '/' + std::to_string(at.offset);
  }

  /// The epoch and all data that can be read behind `offset`.
  std::string read(std::uint64_t offset) {
    const auto got = read_content("s", one.ask(read_command(keys, by(), times, offset, 1'000'000, script_form::text)));
    if (const auto* const error = std::get_if<redis_error>(&got))
      return error->detail;
    const auto& log = std::get<log_content>(got);
    auto text = std::to_string(log.at.epoch) + ' ';
    for (const auto& each : log.entries)
      text += each.message.data;
    return text;
  }

  void write(std::initializer_list<std::string_view> words) { CAF_CHECK(!one.ask(command(words)).is_error()); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_log_strangers_tests, strangers_fixture)

CAF_TEST(a head that cannot be read is none) {
  const std::vector<std::pair<std::string_view, std::string_view>> changes{{"e", "x"},
                                                                           {"e", "00000000000000zz"},
                                                                           {"e", ""},
                                                                           {"o", "x"},
                                                                           {"o", "-1"},
                                                                           {"o", "1e3"},
                                                                           {"t", ""},
                                                                           {"a", "x"},
                                                                           {"a", ":"},
                                                                           {"c", ""},
                                                                           {"c", "1234567890123456"}};
  for (const auto& [field, value] : changes) {
    append("a");
    write({"HSET", keys.head, field, value});
    const auto next = fresh + 1;
    CAF_CHECK_EQUAL(append("b"), std::to_string(next) + "/1");
    CAF_CHECK_EQUAL(read(0), std::to_string(next) + " b");
    write({"HSET", keys.head, field, value});
    CAF_CHECK_EQUAL(read(0), std::to_string(next + 2) + ' ');
    write({"HDEL", keys.head, field});
    CAF_CHECK_EQUAL(append("c"), std::to_string(next + 3) + "/1");
  }
}

CAF_TEST(entries that the head does not know of are not in the way) {
  CAF_CHECK_EQUAL(append("a"), "101/1");
  write({"XADD", keys.log, "7-0", "p", "1t0:0:x", "t", "1", "i", "x"});
  CAF_CHECK_EQUAL(read(0), "101 a");
  CAF_CHECK_EQUAL(append("b"), "103/2");
  CAF_CHECK_EQUAL(read(0), "103 b");
  CAF_CHECK_EQUAL(append("c"), "103/3");
  CAF_CHECK_EQUAL(read(0), "103 bc");
}

CAF_TEST(entries that are none are passed over) {
  append("a");
  write({"XADD", keys.log, "2-0", "x", "y"});
  write({"HSET", keys.head, "o", "2"});
  CAF_CHECK_EQUAL(append("c"), "101/3");
  CAF_CHECK_EQUAL(read(0), "101 c");
  write({"DEL", keys.log});
  write({"XADD", keys.log, "2-0", "x", "y"});
  CAF_CHECK_EQUAL(append("d"), "101/4");
  CAF_CHECK_EQUAL(read(0), "101 d");
}

CAF_TEST(an id that stands for no position is a new one) {
  const auto key = log_id_key("ability", "s", "order 7");
  for (const std::string_view value : {"", "x", "ab:1", "00000000000000ab:", "00000000000000ab:x"}) {
    write({"SET", key, value});
    const auto at = append("a", key);
    CAF_CHECK(at.starts_with("101/"));
    CAF_CHECK_EQUAL(append("a", key), at);
  }
}

CAF_TEST(a server that is the master again has lost what it wrote before) {
  redis_process heir;
  client two{*this, at(heir)};
  two.until_up();
  CAF_CHECK_EQUAL(append("a"), "101/1");
  replicate(two, one, server);
  two.ask(command({"REPLICAOF", "NO", "ONE"}));
  CAF_CHECK_EQUAL(append("b"), "101/2");  // the heir has not got it
  replicate(one, two, heir);
  one.ask(command({"REPLICAOF", "NO", "ONE"}));
  first.reset();
  first.emplace(*this, at(server));
  one.until_up();
  CAF_CHECK_EQUAL(append("c"), "103/2");
  CAF_CHECK_EQUAL(read(0), "103 ac");
}

CAF_TEST(the first replica of a server makes a new epoch begin at most once) {
  CAF_CHECK_EQUAL(append("a"), "101/1");
  redis_process replica;
  client two{*this, at(replica)};
  two.until_up();
  replicate(two, one, server);
  client late{*this, at(server)};  // knows the new `master_replid`
  late.until_up();
  CAF_CHECK_NOT_EQUAL(late.pipeline.server().replication_id, one.pipeline.server().replication_id);
  CAF_CHECK_EQUAL(append("b"), "101/2");
  const auto by_late = [&] {
    const log_caller caller{.writer = late.pipeline.server().replication_id, .fresh_epoch = ++fresh, .known = {}};
    return std::get<log_content>(
               read_content("s", late.ask(read_command(keys, caller, times, 0, 1'000'000, script_form::text))))
        .at;
  };
  const auto next = by_late();
  CAF_CHECK(next == (stream_position{103, 2}));
  CAF_CHECK_EQUAL(append("c"), "103/3");
  CAF_CHECK(by_late() == (stream_position{103, 3}));
}

CAF_TEST(a key of another type is told) {
  append("a");
  write({"SET", keys.log, "x"});
  CAF_CHECK(append("b").find("WRONGTYPE") != std::string::npos);
  write({"SET", keys.head, "x"});
  CAF_CHECK(append("b").find("WRONGTYPE") != std::string::npos);
  CAF_CHECK(read(0).find("WRONGTYPE") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
