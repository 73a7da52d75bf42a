/// Fixture of the suites on the reader of a Redis stream: readers with a real server, on the event loop of the test.
#pragma once

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/runtime/pinned.hpp"
#include "caf/test/unit_test.hpp"
#include "net/redis/redis_stream_reader.hpp"
#include "tests/actors/support/virtual_time.hpp"
#include "tests/net/redis/redis_process.hpp"

namespace ability::test {

using namespace std::chrono_literals;

using event_queue = std::shared_ptr<std::deque<std::string>>;

/// `ID=PAYLOAD`, with the kind in place of a payload that is not there.
inline std::string text_of(const redis_entry& entry) {
  static constexpr const char* kinds[]{"", "GONE", "NO_PAYLOAD", "TOO_LARGE"};
  const auto what = static_cast<std::size_t>(entry.what);
  return to_text(entry.id) + '=' + (what == 0 ? entry.payload.substr(0, 20) : kinds[what]);
}

/// Records its events, in the thread of the io_context, which here is the test's own.
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
  /// A reader with its owner.
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

}  // namespace ability::test
