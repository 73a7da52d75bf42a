// Labels: hardened
#define CAF_SUITE redis_stream_reader
#include "net/redis/redis_stream_reader.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/runtime/pinned.hpp"
#include "caf/test/unit_test.hpp"
#include "tests/actors/support/virtual_time.hpp"
#include "tests/net/redis/redis_process.hpp"

using namespace ability;
using namespace ability::test;
using namespace std::chrono_literals;

namespace {

using event_queue = std::shared_ptr<std::deque<std::string>>;

// `ID=PAYLOAD`, with the kind in place of a payload that is not there.
std::string text_of(const redis_entry& entry) {
  static constexpr const char* kinds[]{"", "GONE", "NO_PAYLOAD", "TOO_LARGE"};
  const auto what = static_cast<std::size_t>(entry.what);
  return to_text(entry.id) + '=' + (what == 0 ? entry.payload.substr(0, 20) : kinds[what]);
}

// Records its events, in the thread of the io_context, which here is the test's own.
class consumer_owner_state {
public:
  static constexpr const char* name = "consumer_owner";

  explicit consumer_owner_state(redis_consumer_actor::pointer) {}
  consumer_owner_state(const consumer_owner_state&) = delete;
  consumer_owner_state& operator=(const consumer_owner_state&) = delete;
  ~consumer_owner_state() { note("gone"); }

  void start(boost::asio::io_context& io, event_queue events) {
    io_ = &io;
    events_ = std::move(events);
  }

  redis_consumer_actor::behavior_type make_behavior() {
    return {
        [this](redis_connected) { note("up"); },
        [this](const redis_lost& why) { note("down " + why.reason); },
        [this](const entries_read& batch) {
          std::string all;
          for (const auto& each : batch.entries)
            all += (all.empty() ? "" : " ") + text_of(each);
          note("read " + all);
        },
        [](const entry_published&) {},
        [this](const entries_acknowledged& what) {
          std::string all;
          for (const auto& id : what.ids)
            all += ' ' + to_text(id);
          note("acknowledged" + all);
        },
        [](ingress_reopened) {},
        [](retry_entries) {},
        [](tend_entries) {},
        [](leave_group) {},
        [this](group_left) { note("left"); },
    };
  }

private:
  void note(std::string what) {
    boost::asio::post(*io_, [events = events_, what = std::move(what)] { events->push_back(what); });
  }

  boost::asio::io_context* io_ = nullptr;
  event_queue events_;
};

struct reader_fixture {
  // A reader with its owner.
  struct consumer {
    consumer(reader_fixture& where, const redis_process& server)
        : io{where.io},
          here{where.system,
               {.redis_stream = {.key = "s", .group = "g", .patience = 200ms, .claim_after = 0ms}},
               virtual_time(where.system, ++where.seeds)},
          reader{where.io, home, {.host = "127.0.0.1", .port = server.port(), .max_payload = 1'000'000}, 5'000ms} {
      reader.open(owner);
    }
    consumer(const consumer&) = delete;
    consumer& operator=(const consumer&) = delete;
    ~consumer() {
      reader.close();
      owner = nullptr;
      while (!has_failed && next() != "gone") {
      }
    }

    std::string next() {
      const auto deadline = std::chrono::steady_clock::now() + 15s;
      while (events->empty())
        if (io.run_one_until(deadline) == 0) {
          has_failed = true;
          CAF_FAIL("nothing happens");
        }
      auto result = std::move(events->front());
      events->pop_front();
      return result;
    }

    // The next event of a kind, without those before it.
    std::string next(std::string_view kind) {
      for (;;)
        if (auto event = next(); event.starts_with(kind))
          return event;
    }

    // The entries of the next answer that has any.
    std::string entries(std::size_t count = 100) {
      for (;;) {
        reader.read(count);
        if (auto event = next("read "); event.size() > 5)
          return event.substr(5);
      }
    }

    // The ids and payloads of the next `count` entries, in however many answers.
    std::string all_entries(std::size_t count) {
      std::string all;
      for (std::size_t seen = 0; seen < count;) {
        const auto some = entries();
        seen += static_cast<std::size_t>(std::count(some.begin(), some.end(), '='));
        all += (all.empty() ? "" : " ") + some;
      }
      return all;
    }

    // The entries may be read before the answer to the claim has come, by another connection.
    std::uint64_t claimed(std::uint64_t at_least) {
      const auto deadline = std::chrono::steady_clock::now() + 15s;
      const auto& count = home.counters.entries.claimed;
      while (count.get() < at_least && io.run_one_until(deadline) > 0) {
      }
      return count.get();
    }

    void acknowledge(std::initializer_list<redis_entry_id> ids) {
      for (const auto& id : ids)
        reader.acknowledge(id);
    }

    boost::asio::io_context& io;
    node here;
    lane_home home{here, nullptr};
    event_queue events = std::make_shared<std::deque<std::string>>();
    redis_consumer_actor owner = spawn_on<redis_consumer_actor, consumer_owner_state>(here.system, nullptr, io, events);
    bool has_failed = false;
    redis_stream_reader reader;
  };

  void add(const std::string& id, const std::string& payload) { client.run({"XADD", "s", id, "payload", payload}); }

  std::string pending() { return client.run({"EVAL", "return redis.call('XPENDING', 's', 'g')[1]", "0"}); }
  std::string consumers() { return client.run({"EVAL", "return #redis.call('XINFO', 'CONSUMERS', 's', 'g')", "0"}); }

  // Has another consumer take all there is, without acknowledging it.
  void take_elsewhere() {
    client.run({"EVAL", "return #redis.call('XREADGROUP', 'GROUP', 'g', 'other', 'STREAMS', 's', '>')", "0"});
  }

  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = boost::asio::make_work_guard(io);
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::uint64_t seeds = 0;
  redis_process server;
  redis_client client{server};
};

}  // namespace

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
