/// Members of a stream that nodes share, in a store that the test answers for. Includes CAF's test DSL: include it
/// last.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/actors/support/fake_log_store.hpp"
#include "tests/actors/support/fake_presence_store.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

using namespace std::chrono_literals;

using texts = std::vector<std::string>;

/// A node whose logs and members are in a store. Streams `typing/*` keep no log.
struct shared_presence_fixture : actor_fixture {
  using outcome = member_outcome;

  inline static const texts nothing{};
  inline static const std::string news = identifier_of("news");

  static node_settings with_redis() {
    auto how = open_to_all();
    how.history = {.broker = history_broker::redis,
                   .bounds = {.limit = 5, .ttl = 60s},
                   .rules = {{.pattern = "typing/*", .is_off = true}}};
    return how;
  }

  shared_presence_fixture() : actor_fixture{1, with_redis()} {
    home().store = log;
    home().members = store;
  }

  lane_home& home() { return *here.lanes.front(); }
  const lane_counters& counted() { return home().counters; }

  void asks(const client& who, command_type what, presence_request said = {}, const std::string& identifier = news) {
    client_command command{.type = what, .identifier = identifier};
    command.presence = std::make_shared<const presence_request>(std::move(said));
    if (what == command_type::subscribe)
      command.presence = nullptr;
    caf::anon_send(who.actor, client_said{std::move(command)});
    consume_messages();
  }

  void joins(const client& who, const std::string& id, const std::string& info = {}) {
    asks(who, command_type::join, {.id = id, .info = info});
  }

  void is_followed() {
    caf::anon_send(log->follower, log_followed{});
    consume_messages();
  }

  // A client that follows the stream, whose log has been read.
  client follower(const std::string& sid) {
    const auto who = let_in(sid);
    asks(who, command_type::subscribe);
    if (!std::exchange(is_read, true)) {
      is_followed();
      log->show(0);
      consume_messages();
    }
    CAF_REQUIRE_EQUAL(who.box->seen.size(), 1u);
    who.box->forget();
    return who;
  }

  // One that is present.
  client member(const std::string& sid, const std::string& id) {
    const auto who = follower(sid);
    joins(who, id);
    answers({{outcome::joined}});
    store->questions();
    return who;
  }

  void answers(const std::vector<member_result>& results, std::size_t total = 1,
               std::optional<std::chrono::milliseconds> next_due = {}) {
    store->answer(results, total, next_due);
    consume_messages();
  }

  void fails(redis_failure why) {
    store->fail(why);
    consume_messages();
  }

  void ends(const client& who) {
    caf::anon_send(who.actor, client_gone{});
    consume_messages();
  }

  void tells(std::vector<member_event> events) {
    caf::anon_send(log->follower, member_news{std::move(events)});
    consume_messages();
  }

  void passes(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  static texts reads(const client& who) { return std::exchange(who.box->seen, {}); }

  static std::string reason(std::string_view why) {
    return presence_message(news, R"({"type":"error","total":0,"reason":")" + std::string{why} + "\"}");
  }

  std::shared_ptr<fake_log_store> log = std::make_shared<fake_log_store>(here);
  std::shared_ptr<fake_presence_store> store = std::make_shared<fake_presence_store>();
  bool is_read = false;
};

}  // namespace ability
