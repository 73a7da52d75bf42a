#define CAF_SUITE redis_log_scripts
#include "protocol/redis_log/log_scripts.hpp"

#include <thread>

#include "net/redis/redis_channels.hpp"
#include "protocol/redis_log/log_answers.hpp"
#include "protocol/redis_log/log_commands.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"
#include "tests/net/redis/redis_pipeline_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct scripts_fixture : pipeline_fixture {
  /// One caller of the scripts for the stream `s`.
  struct caller : client {
    using client::client;

    log_appended append(const std::string& data) { return std::get<log_appended>(try_append({.packed = pack(data)})); }

    redis_result<log_appended> try_append(log_append what) {
      what.mark = mark;
      what.limit = limit;
      return read_appended(ask(append_command(keys, by(), times, what, script_form::text)));
    }

    log_content read(std::optional<std::uint64_t> behind, std::size_t max_bytes = 1'000'000) {
      return std::get<log_content>(try_read(behind, max_bytes));
    }

    redis_result<log_content> try_read(std::optional<std::uint64_t> behind, std::size_t max_bytes = 1'000'000) {
      return read_content("s", ask(read_command(keys, by(), times, behind, max_bytes, script_form::text)));
    }

    std::optional<log_content> list(std::optional<std::uint64_t> behind, std::size_t limit,
                                    std::size_t max_bytes = 1'000'000) {
      return std::get<std::optional<log_content>>(
          read_listed("s", ask(list_command(keys, by(), times, behind, limit, max_bytes, script_form::text))));
    }

    static std::string data_of(const log_content& part) {
      std::string all;
      for (const auto& each : part.entries)
        all += each.message.data;
      return all;
    }

    std::string data_behind(std::uint64_t offset) { return data_of(read(offset)); }

    static std::string_view pack(const std::string& data) {
      static std::string packed;
      packed = pack_broadcast({.stream = "s", .data = data});
      return packed;
    }

    void was_written_by(const std::string& server) { ask(command({"HSET", keys.head, "r", server})); }

    log_caller by() { return {.writer = pipeline.server().replication_id, .fresh_epoch = ++fresh, .known = known}; }

    log_keys keys{"ability", "s"};
    log_times times{.ttl = 60s, .position_ttl = 600s};
    std::size_t limit = 100;
    std::string mark = "node:1";
    std::uint64_t fresh = 100;
    stream_position known = {};
  };

  redis_process server;
  caller one{*this, at(server)};

  scripts_fixture() { one.until_up(); }

  std::int64_t ttl_of(const std::string& key) { return one.ask(command({"PTTL", key})).number; }
};

using outcome = log_appended::outcome;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_log_scripts_tests, scripts_fixture)

CAF_TEST(publications are numbered from 1 in an epoch that the first caller chose) {
  const auto first = one.append("a");
  CAF_CHECK(first.what == outcome::added);
  CAF_CHECK(first.at == (stream_position{101, 1}));
  CAF_CHECK(one.append("b").at == (stream_position{101, 2}));
  const auto log = one.read(0);
  CAF_CHECK(log.at == (stream_position{101, 2}));
  CAF_CHECK_EQUAL(log.first, 1U);
  CAF_REQUIRE_EQUAL(log.entries.size(), 2U);
  CAF_CHECK_EQUAL(log.entries[0].message.data, "a");
  CAF_CHECK_EQUAL(log.entries[1].offset, 2U);
  CAF_CHECK(log.entries[1].time >= log.entries[0].time && log.entries[1].time <= log.now);
  CAF_CHECK(log.now - log.entries[0].time < 60'000);
  CAF_CHECK(log.ancestors.empty());
}

CAF_TEST(reading begins a log) {
  const auto empty = one.read({});
  CAF_CHECK(empty.at == (stream_position{101, 0}));
  CAF_CHECK_EQUAL(empty.first, 1U);
  CAF_CHECK_EQUAL(empty.complete_from, empty.now);
  CAF_CHECK(one.append("a").at == (stream_position{101, 1}));
  CAF_CHECK(one.read({}).entries.empty());
  CAF_CHECK_EQUAL(one.read({}).complete_from, empty.complete_from);
}

CAF_TEST(followers are sent what is appended) {
  std::string told;
  bool is_following = false;
  redis_channels follower{io,
                          at(server),
                          one.counters,
                          random,
                          {.subscribed = [&](const std::string&) { is_following = true; },
                           .published = [&](const std::string&, std::string& text) { told = text; },
                           .up = [] {},
                           .down = [](const std::string&) {}}};
  follower.open();
  follower.subscribe(one.keys.channel);
  until([&] { return is_following; });
  one.append("hello");
  until([&] { return !told.empty(); });
  const auto news = read_news("s", told);
  CAF_REQUIRE(news);
  CAF_CHECK_EQUAL(news->epoch, 101U);
  CAF_CHECK_EQUAL(news->entry.offset, 1U);
  CAF_CHECK_EQUAL(news->entry.message.data, "hello");
}

CAF_TEST(a log is bounded in number) {
  one.limit = 3;
  for (const char* each : {"a", "b", "c", "d", "e"})
    one.append(each);
  const auto log = one.read(0);
  CAF_CHECK_EQUAL(log.first, 3U);
  CAF_REQUIRE_EQUAL(log.entries.size(), 3U);
  CAF_CHECK_EQUAL(log.entries[0].message.data, "c");
  CAF_CHECK_EQUAL(log.complete_from, log.entries[0].time + 1);
  CAF_CHECK_EQUAL(one.data_behind(3), "de");
}

CAF_TEST(publications that are too old go while their position stays) {
  one.times.ttl = 200ms;
  one.append("a");
  CAF_CHECK(ttl_of(one.keys.log) > 0 && ttl_of(one.keys.log) <= 200);
  CAF_CHECK(ttl_of(one.keys.head) > 500'000);
  std::this_thread::sleep_for(150ms);
  one.append("b");
  std::this_thread::sleep_for(100ms);
  const auto log = one.read(0);
  CAF_REQUIRE_EQUAL(log.entries.size(), 1U);
  CAF_CHECK_EQUAL(log.first, 2U);
  CAF_CHECK_EQUAL(log.entries[0].message.data, "b");
  until([&] { return one.ask(command({"EXISTS", one.keys.log})).number == 0; });
  const auto empty = one.read(0);
  CAF_CHECK(empty.at == (stream_position{101, 2}));
  CAF_CHECK_EQUAL(empty.first, 3U);
  CAF_CHECK_EQUAL(empty.complete_from, log.entries[0].time + 1);
  CAF_CHECK(one.append("c").at == (stream_position{101, 3}));
}

CAF_TEST(a long log is read in parts) {
  one.limit = 1'000;
  for (int i = 0; i < 100; ++i)
    one.append(std::string(1'000, 'x'));
  std::uint64_t reached = 0;
  int parts = 0;
  for (; reached < 100; ++parts) {
    const auto part = one.read(reached, 20'000);
    CAF_REQUIRE(!part.entries.empty());
    CAF_CHECK(part.entries.size() < 40);
    CAF_CHECK_EQUAL(part.entries.front().offset, reached + 1);
    reached = part.entries.back().offset;
  }
  CAF_CHECK(parts >= 3);
}

CAF_TEST(a reading ends with the publication that exceeds its size) {
  for (int i = 0; i < 20; ++i)
    one.append(std::string(100'000, 'x'));
  CAF_CHECK_EQUAL(one.read(0, 250'000).entries.size(), 3U);
  CAF_CHECK_EQUAL(one.list(0, 100, 250'000)->entries.size(), 3U);
  const auto last = one.list({}, 100, 250'000);
  CAF_REQUIRE(last);
  CAF_CHECK_EQUAL(last->entries.front().offset, 18U);
}

CAF_TEST(listing a log does not begin it) {
  CAF_CHECK(!one.list({}, 100));
  CAF_CHECK(!one.list(0, 100));
  CAF_CHECK_EQUAL(one.ask(command({"DBSIZE"})).number, 0);
}

CAF_TEST(a log is listed in parts from both of its ends) {
  one.limit = 30;
  for (int i = 0; i < 40; ++i)
    one.append(std::string(1, static_cast<char>('A' + i)));
  const auto last = one.list({}, 3);
  CAF_REQUIRE(last);
  CAF_CHECK_EQUAL(caller::data_of(*last), "fgh");
  CAF_CHECK_EQUAL(last->entries.front().offset, 38U);
  CAF_CHECK(last->at == (stream_position{last->at.epoch, 40}));
  CAF_CHECK_EQUAL(last->first, 11U);
  const auto all = one.list({}, 1'000);
  CAF_REQUIRE_EQUAL(all->entries.size(), 30U);
  CAF_CHECK_EQUAL(all->entries.front().message.data, "K");
  CAF_CHECK_EQUAL(caller::data_of(*one.list(10, 4)), "KLMN");
  CAF_CHECK_EQUAL(one.list(10, 20)->entries.size(), 20U);
  CAF_CHECK(one.list(40, 20)->entries.empty());
}

CAF_TEST(another server goes on in a new epoch and knows the earlier one) {
  one.append("a");
  one.append("b");
  one.was_written_by("another");
  const auto next = one.append("c");
  CAF_CHECK(next.at == (stream_position{103, 3}));
  const auto log = one.read(0);
  CAF_CHECK(log.ancestors == (std::vector<log_ancestor>{{101, 2}}));
  CAF_CHECK_EQUAL(one.data_behind(0), "abc");
  one.was_written_by("a third");
  CAF_CHECK(one.read({}).at.offset == 3);
  const auto later = one.read({});
  CAF_REQUIRE_EQUAL(later.ancestors.size(), 2U);
  CAF_CHECK(later.ancestors[0] == (log_ancestor{103, 3}));
  CAF_CHECK(later.ancestors[1] == (log_ancestor{101, 2}));
}

CAF_TEST(a caller that knows a higher offset makes a new epoch begin) {
  one.append("a");
  one.append("b");
  one.known = {101, 2};
  CAF_CHECK(one.append("c").at == (stream_position{101, 3}));
  one.known = {101, 7};  // a failover has lost 4 to 7
  const auto next = one.append("d");
  CAF_CHECK_EQUAL(next.at.offset, 4U);
  CAF_CHECK_NOT_EQUAL(next.at.epoch, 101U);
  CAF_CHECK(one.read({}).ancestors == (std::vector<log_ancestor>{{101, 3}}));
  one.known = {99, 1'000};  // of a log that is no more
  CAF_CHECK(one.append("e").at == (stream_position{next.at.epoch, 5}));
  one.known = {next.at.epoch, 6};
  CAF_CHECK_NOT_EQUAL(one.read({}).at.epoch, next.at.epoch);
}

CAF_TEST(the earlier epochs that are known are bounded) {
  one.append("a");
  for (int i = 0; i < 20; ++i) {
    one.was_written_by("process " + std::to_string(i));
    one.append("x");
  }
  const auto log = one.read({});
  CAF_CHECK_EQUAL(log.ancestors.size(), 8U);
  CAF_CHECK_EQUAL(log.at.offset, 21U);
  CAF_CHECK_EQUAL(log.ancestors[0].last, 20U);
}

CAF_TEST(without its position a log is deleted first) {
  for (const char* each : {"a", "b", "c"})
    one.append(each);
  one.ask(command({"DEL", one.keys.head}));
  const auto next = one.append("d");
  CAF_CHECK_EQUAL(next.at.offset, 1U);
  CAF_CHECK_NOT_EQUAL(next.at.epoch, 101U);
  CAF_CHECK_EQUAL(one.data_behind(0), "d");
  CAF_CHECK(one.read({}).ancestors.empty());
  one.ask(command({"FLUSHALL"}));
  CAF_CHECK_EQUAL(one.read(0).at.offset, 0U);
  CAF_CHECK_NOT_EQUAL(one.read({}).at.epoch, next.at.epoch);
}

CAF_TEST(without its publications a log goes on behind its position) {
  one.append("a");
  one.ask(command({"DEL", one.keys.log}));
  CAF_CHECK_EQUAL(one.read(0).first, 2U);
  CAF_CHECK(one.append("b").at == (stream_position{101, 2}));
  CAF_CHECK_EQUAL(one.read(0).first, 2U);
}

CAF_TEST(the same id is published once) {
  const auto key = log_id_key("ability", "s", "order 7");
  const auto publish = [&](std::string_view id_key) {
    return std::get<log_appended>(one.try_append({.packed = caller::pack("a"), .id_key = id_key, .dedupe = 60s}));
  };
  CAF_CHECK(publish(key).what == outcome::added);
  one.append("b");
  const auto again = publish(key);
  CAF_CHECK(again.what == outcome::earlier);
  CAF_CHECK(again.at == (stream_position{101, 1}));
  CAF_CHECK(publish(log_id_key("ability", "s", "order 8")).at == (stream_position{101, 3}));
  CAF_CHECK(ttl_of(key) > 0 && ttl_of(key) <= 60'000);
  one.was_written_by("another");
  CAF_CHECK(publish(key).at == (stream_position{101, 1}));
}

CAF_TEST(a repeated attempt is one publication) {
  const auto repeat = [&] {
    return std::get<log_appended>(one.try_append({.packed = caller::pack("a"), .first_tried = 100ms}));
  };
  one.mark = "node:1";
  const auto first = one.append("a");
  one.mark = "other:1";
  one.append("b");
  one.mark = "node:1";
  CAF_CHECK(repeat().what == outcome::earlier);
  CAF_CHECK(repeat().at == first.at);
  one.mark = "node:2";
  CAF_CHECK(repeat().what == outcome::added);
  CAF_CHECK_EQUAL(one.data_behind(0), "aba");
  one.was_written_by("another");
  CAF_CHECK(repeat().at == (stream_position{101, 3}));
}

CAF_TEST(a repeated attempt is not made if the log cannot tell) {
  one.limit = 2;
  one.mark = "other:1";
  for (const char* each : {"a", "b", "c"})
    one.append(each);
  one.mark = "node:1";
  const auto repeat = [&] {
    return std::get<log_appended>(one.try_append({.packed = caller::pack("d"), .first_tried = 100ms})).what;
  };
  CAF_CHECK(repeat() == outcome::unsure);
  one.known = {101, 0};
  CAF_CHECK(repeat() == outcome::unsure);
  one.known = {101, 1};  // the caller has seen up to here before it tried
  CAF_CHECK(repeat() == outcome::added);
  CAF_CHECK_EQUAL(one.data_behind(0), "cd");
}

CAF_TEST(a repeated attempt looks through a long log) {
  one.limit = 1'000;
  one.mark = "node:1";
  const auto first = one.append("first");
  one.mark = "other:1";
  for (int i = 0; i < 350; ++i)
    one.append("x");
  one.mark = "node:1";
  const auto again = std::get<log_appended>(one.try_append({.packed = caller::pack("first"), .first_tried = 1ms}));
  CAF_CHECK(again.what == outcome::earlier);
  CAF_CHECK(again.at == first.at);
}

CAF_TEST(a script that the server does not know is told) {
  const auto by_digest = append_command(one.keys, one.by(), one.times, {.packed = caller::pack("a"), .mark = "m"});
  const auto read_by_digest = read_command(one.keys, one.by(), one.times, 0, 1'000);
  CAF_CHECK(std::get<redis_error>(read_appended(one.ask(by_digest))).why == redis_failure::no_script);
  CAF_CHECK(std::get<redis_error>(read_content("s", one.ask(read_by_digest))).why == redis_failure::no_script);
  one.append("a");
  one.read({});
  CAF_CHECK(std::get<log_appended>(read_appended(one.ask(by_digest))).at.offset == 2);
  CAF_CHECK(std::get<log_content>(read_content("s", one.ask(read_by_digest))).at.offset == 2);
  one.ask(command({"SCRIPT", "FLUSH"}));
  CAF_CHECK(std::get<redis_error>(read_appended(one.ask(by_digest))).why == redis_failure::no_script);
}

CAF_TEST(a full server refuses with nothing changed) {
  one.append("a");
  one.ask(command({"CONFIG", "SET", "maxmemory", "1"}));
  CAF_CHECK(std::get<redis_error>(one.try_append({.packed = caller::pack("b")})).why == redis_failure::out_of_memory);
  CAF_CHECK_EQUAL(one.data_behind(0), "a");  // what it has can be read
  one.ask(command({"CONFIG", "SET", "maxmemory", "0"}));
  CAF_CHECK(one.append("c").at == (stream_position{101, 2}));
  CAF_CHECK_EQUAL(one.data_behind(0), "ac");
}

CAF_TEST(a server that was made a replica refuses) {
  one.append("a");
  one.ask(command({"REPLICAOF", "127.0.0.1", std::to_string(free_port())}));
  CAF_CHECK(std::get<redis_error>(one.try_append({.packed = caller::pack("b")})).why == redis_failure::read_only);
  CAF_CHECK(std::get<redis_error>(one.try_read({})).why == redis_failure::read_only);
}

CAF_TEST(a user needs few rights) {
  one.ask(command({"ACL",           "SETUSER",      "ability",    "on",       ">pw",   "resetkeys",    "~ability:*",
                   "resetchannels", "&ability:*",   "nocommands", "+evalsha", "+eval", "+script|load", "+info",
                   "+select",       "+time",        "+hmget",     "+hset",    "+del",  "+pexpire",     "+xadd",
                   "+xrange",       "+xrevrange",   "+xdel",      "+get",     "+set",  "+zcard",       "+publish",
                   "+subscribe",    "+unsubscribe", "+ping"}));
  auto where = at(server);
  where.user = "ability";
  where.password = "pw";
  caller limited{*this, where};
  limited.until_up();
  CAF_CHECK(limited.append("a").at.offset == 1);
  CAF_CHECK_EQUAL(limited.data_behind(0), "a");
  limited.keys = log_keys{"other", "s"};
  CAF_CHECK(std::get<redis_error>(limited.try_append({.packed = caller::pack("b")})).why == redis_failure::denied);
}

CAF_TEST_FIXTURE_SCOPE_END()
