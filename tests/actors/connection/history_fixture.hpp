/// Clients that ask for missed messages, and the logs of their streams. Includes CAF's test DSL: include it last.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "tests/actors/connection/connection_fixture.hpp"

namespace ability {

inline const wire_format* const positioned = &action_cable_json({.positions = true});

inline history_request from(const std::string& stream, stream_position at) {
  return {.is_valid = true, .streams = {{stream, at}}};
}

inline history_request since(std::int64_t seconds) { return {.is_valid = true, .since = seconds}; }

// Seconds of the node's time of day.
inline constexpr std::int64_t today = 2'000'000'000;

struct history_fixture : actor_fixture {
  explicit history_fixture(history_settings how = {.broker = history_broker::memory,
                                                   .bounds = {.limit = 5, .ttl = 60s}})
      : actor_fixture{1, {.public_access = true, .streams = {.public_streams = true}, .history = how}} {}

  client extended(const std::string& sid) { return let_in(sid, 0, positioned); }

  void ask_for(const client& who, command_type how, const std::string& stream, history_request what) {
    client_command asks{.type = how, .identifier = identifier_of(stream)};
    asks.history = std::make_shared<const history_request>(std::move(what));
    caf::anon_send(who.actor, client_said{asks});
    consume_messages();
  }

  void publish_now(const std::string& stream, const std::string& data, const std::string& exclude = {}) {
    publish(stream, data, exclude);
    consume_messages();
  }

  void goes(const client& who) {
    caf::anon_send(who.actor, client_gone{});
    consume_messages();
  }

  void later(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  // The messages of broadcasts and the types of the others.
  static texts told(const client& who) {
    texts all;
    for (const auto& text : std::exchange(who.box->seen, {})) {
      const auto read = nlohmann::json::parse(text);
      all.push_back(read.contains("type") ? read["type"].get<std::string>() : read["message"].dump());
    }
    return all;
  }

  static stream_position position_in(const std::string& text) {
    const auto read = nlohmann::json::parse(text);
    return {read_epoch(read["epoch"].get<std::string>()).value(), read["offset"].get<std::uint64_t>()};
  }

  // The position of the last publication, by a client that follows.
  stream_position end_of(const std::string& stream) {
    const auto facts = ask<stream_facts>(here.directory_of(stream), describe_stream{stream, 0});
    CAF_REQUIRE(facts.at);
    return *facts.at;
  }

  std::uint64_t answers(history_outcome which) const {
    return here.lanes.front()->counters.history_answers[static_cast<std::size_t>(which)].get();
  }
};

inline const std::string confirmed = "confirm_subscription";
inline const std::string complete = "confirm_history";
inline const std::string rejected = "reject_history";

}  // namespace ability
