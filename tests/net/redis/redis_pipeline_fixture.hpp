/// Fixture of the suites on commands to Redis: pipelines on the event loop of the test.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "net/redis/redis_pipeline.hpp"
#include "protocol/redis/redis_words.hpp"
#include "tests/net/redis/redis_process.hpp"

namespace ability::test {

using namespace std::chrono_literals;

/// The command of these words.
inline std::string command(std::initializer_list<std::string_view> words) {
  redis_words made{words.size()};
  for (const auto word : words)
    made.add(word);
  return made.take();
}

struct pipeline_fixture {
  /// Runs the event loop until `holds`.
  template <class Condition>
  void until(Condition holds) {
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!holds())
      if (io.run_one_until(deadline) == 0)
        CAF_FAIL("nothing happens");
  }

  /// A pipeline and its events.
  struct client {
    client(pipeline_fixture& where, const redis_endpoint& server, redis_pipeline_settings bounds = {},
           std::vector<std::string> preparations = {})
        : here{where},
          pipeline{where.io,
                   server,
                   bounds,
                   counters,
                   where.random,
                   {.up = [this] { events.push_back("up"); },
                    .down = [this](const std::string& why) { events.push_back("down " + why); }}} {
      pipeline.open(std::move(preparations));
    }

    void until_up() {
      here.until([this] { return pipeline.is_up(); });
    }

    /// The reply to one command.
    redis_value ask(const std::string& command) {
      auto outcome = try_to(command);
      if (const auto* error = std::get_if<redis_error>(&outcome))
        CAF_FAIL("no reply: " << name_of(error->why));
      return std::get<redis_value>(std::move(outcome));
    }

    redis_result<redis_value> try_to(const std::string& command) {
      std::optional<redis_result<redis_value>> got;
      pipeline.send(command, [&](redis_result<redis_value> outcome) { got = std::move(outcome); });
      here.until([&] { return got.has_value(); });
      return std::move(*got);
    }

    pipeline_fixture& here;
    redis_counters counters;
    std::vector<std::string> events;
    redis_pipeline pipeline;
  };

  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = boost::asio::make_work_guard(io);
  random_source random{7};

  static redis_endpoint at(std::uint16_t port) { return {.host = "127.0.0.1", .port = port, .max_payload = 1'000'000}; }
  static redis_endpoint at(const redis_process& server) { return at(server.port()); }
};

inline redis_failure failure_in(const redis_result<redis_value>& outcome) {
  const auto* const error = std::get_if<redis_error>(&outcome);
  return error == nullptr ? redis_failure::other : error->why;
}

}  // namespace ability::test
