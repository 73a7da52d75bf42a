/// Logs of streams that nodes share, in a store that the test answers for. Includes CAF's test DSL: include it last.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/action_cable/formats.hpp"
#include "tests/actors/support/fake_log_store.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

using namespace std::chrono_literals;

using texts = std::vector<std::string>;

/// A node with one lane whose logs, of five publications, are in a store.
struct shared_log_fixture : actor_fixture {
  inline static const wire_format* const positioned = &action_cable_json({.positions = true});
  inline static const texts nothing{};

  // Types of messages.
  inline static const std::string confirmed = "confirm_subscription";
  inline static const std::string complete = "confirm_history";
  inline static const std::string rejected = "reject_history";

  shared_log_fixture()
      : actor_fixture{1,
                      {.public_access = true,
                       .streams = {.public_streams = true},
                       .history = {.broker = history_broker::redis, .bounds = {.limit = 5, .ttl = 60s}}}} {
    here.lanes.front()->store = store;
  }

  const lane_home& home() const { return *here.lanes.front(); }

  // Publishes and returns what the publisher is told, once it is.
  std::shared_ptr<std::optional<publication_outcome>> send(std::vector<broadcast> all) {
    const auto told = std::make_shared<std::optional<publication_outcome>>();
    const auto count = all.size();
    ability::publish(
        *here.lanes.front(), std::move(all), scope::everywhere,
        std::make_shared<publication_receipt>(count, [told](publication_outcome got) { *told = std::move(got); }));
    consume_messages();
    return told;
  }

  std::shared_ptr<std::optional<publication_outcome>> send_one(const std::string& data) {
    return send({{.stream = "news", .data = data, .data_is_json = true}});
  }

  void asks(const client& who, command_type how, std::optional<history_request> what = {}) {
    client_command asked{.type = how, .identifier = identifier_of("news")};
    if (what)
      asked.history = std::make_shared<const history_request>(std::move(*what));
    caf::anon_send(who.actor, client_said{asked});
    consume_messages();
  }

  static history_request from(stream_position at) { return {.is_valid = true, .streams = {{"news", at}}}; }

  // A client that follows the stream, whose log has been read.
  client follower(const std::string& sid) {
    const auto who = let_in(sid, 0, positioned);
    asks(who, command_type::subscribe);
    if (store->follower == nullptr || !is_read) {
      caf::anon_send(store->follower, log_followed{});
      consume_messages();
      show(0);
      is_read = true;
    }
    who.box->forget();
    store->questions();
    return who;
  }

  void show(std::uint64_t behind) {
    store->show(behind);
    consume_messages();
  }

  void add(const std::string& data, bool is_told = true) {
    store->add(data, is_told);
    consume_messages();
  }

  void later(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  // `DATA@OFFSET` of broadcasts, the types of other messages.
  static texts told(const client& who) {
    texts all;
    for (const auto& text : std::exchange(who.box->seen, {})) {
      const auto read = nlohmann::json::parse(text);
      if (read.contains("type"))
        all.push_back(read["type"].get<std::string>());
      else
        all.push_back(read["message"].dump() +
                      (read.contains("offset") ? '@' + std::to_string(read["offset"].get<std::uint64_t>()) : ""));
    }
    return all;
  }

  std::uint64_t gaps() { return ask<stream_facts>(here.directory_of("news"), describe_stream{"news", 0}).gaps; }

  std::shared_ptr<fake_log_store> store = std::make_shared<fake_log_store>(here);
  bool is_read = false;
};

}  // namespace ability
