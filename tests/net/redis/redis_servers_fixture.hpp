/// Fixture of the suites on the servers of a Redis Cluster: two that say what a test has them say.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/redis/redis_servers.hpp"
#include "tests/net/redis/redis_pipeline_fixture.hpp"
#include "tests/net/redis/scripted_redis.hpp"

namespace ability::test {

using texts = std::vector<std::string>;

/// `a` has the first half of the slots, `b` the second one.
struct servers_fixture : pipeline_fixture {
  // `RUN NAME`, with `!` behind an attempt whose answer was lost, and `+` with the script.
  struct order final : redis_order {
    order(servers_fixture& where, std::string what, bool repeats)
        : here{where}, name{std::move(what)}, is_repeatable{repeats} {}

    std::string command(const redis_server_info& server, const redis_attempt& how) override {
      here.run_ids[name] = server.run_id;
      return test::command({"RUN", name + (how.is_repeat ? "!" : "") + (how.form == script_form::text ? "+" : "")});
    }

    void answered(redis_result<redis_value> reply, const redis_attempt&) override {
      const auto* const error = std::get_if<redis_error>(&reply);
      here.answers.push_back(name + ' ' +
                             (error != nullptr ? std::string{name_of(error->why)} : std::get<redis_value>(reply).text));
    }

    bool may_repeat() const override { return is_repeatable; }

    servers_fixture& here;
    const std::string name;
    const bool is_repeatable;
  };

  servers_fixture() {
    a.slots = b.slots = {{0, half - 1, a.port()}, {half, last_slot, b.port()}};
    cluster.cluster = {{"127.0.0.1", a.port()}};
  }

  void open(redis_pipeline_settings bounds = {.answer_timeout = 2s}) {
    open_at(cluster, bounds);
    until_up();
  }

  void open_at(const redis_endpoint& where, redis_pipeline_settings bounds) {
    uut.emplace(
        io, where, bounds, counters, random,
        redis_servers::callbacks{.followed = [this](const std::string& channel) { ++followed[channel]; },
                                 .published = [this](const std::string& channel,
                                                     std::string& text) { published.push_back(channel + ' ' + text); },
                                 .changed = [this](const std::string& why) { reasons.push_back(why); }});
    uut->open();
  }

  void until_up() {
    until([this] { return uut->is_up(); });
  }

  void send(const std::string& name, const std::string& key, bool is_repeatable = true) {
    uut->send(key, std::make_shared<order>(*this, name, is_repeatable));
  }

  void until_answered(std::size_t count) {
    until([&] { return answers.size() == count; });
  }

  // True if the server got `expected`, and nothing more.
  static bool got(scripted_redis& server, const texts& expected) { return std::exchange(server.got, {}) == expected; }

  static std::string to(const scripted_redis& server) { return " 127.0.0.1:" + std::to_string(server.port()); }

  // A key in the part of `a`, or in that of `b`.
  static std::string key_in(bool first_half, int number = 0) {
    for (int i = 0;; ++i) {
      auto key = "{k" + std::to_string(i) + '}';
      if ((redis_slot_of(key) < half) == first_half && number-- == 0)
        return key;
    }
  }

  static std::string slot(const std::string& key) { return std::to_string(redis_slot_of(key)); }

  void give_all_to(const scripted_redis& server) { a.slots = b.slots = {{0, last_slot, server.port()}}; }

  static constexpr int half = 8'192;
  static constexpr int last_slot = 16'383;

  const std::string key = key_in(true);
  const std::string other = key_in(false);
  scripted_redis a{io};
  scripted_redis b{io};
  redis_endpoint cluster = at(0);
  redis_counters counters;
  texts answers;
  texts published;
  texts reasons;
  std::map<std::string, int> followed;
  std::map<std::string, std::string> run_ids;
  std::optional<redis_servers> uut;
};

}  // namespace ability::test
