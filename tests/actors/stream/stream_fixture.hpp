/// A stream, and subscribers that only record. Includes CAF's test DSL: include it last.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/stream/stream.hpp"
#include "tests/actors/support/fake_actors.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

using texts = std::vector<std::string>;

inline const wire_format* const json = &action_cable_json();
inline const wire_format* const deflated = &action_cable_json({.deflated = true});

/// A subscriber that only records its messages.
struct follower {
  connection_actor actor;
  std::shared_ptr<connection_record> told;

  texts heard() const {
    texts all;
    for (const auto& each : told->batches)
      for (auto& text : payloads(*each->bytes))
        all.push_back(std::move(text));
    return all;
  }
};

inline std::string framed(std::string_view identifier, std::string_view data) {
  std::string text;
  append_broadcast(text, identifier, data, true);
  return text;
}

struct stream_fixture : actor_fixture {
  explicit stream_fixture(const node_settings& how = open_to_all()) : actor_fixture{1, how} {}

  std::shared_ptr<directory_record> directory_told = std::make_shared<directory_record>();
  directory_actor directory = ends(sys.spawn(fake_directory, directory_told));
  lane_home& home = *here.lanes.front();
  stream_actor uut = ends(spawn_stream(home, directory, std::make_shared<const std::string>("news")));

  follower someone() {
    auto told = std::make_shared<connection_record>();
    return {ends(sys.spawn(fake_connection, told)), told};
  }

  // Sends a subscribe and returns the pending response; the actors have yet to run.
  auto ask(const follower& who, const std::string& identifier = "i", const wire_format* how = json) {
    return self->request(uut, caf::infinite, subscribe{"news", identifier, how, who.actor});
  }

  // Subscribes `who` and returns its slot.
  std::size_t add(const follower& who, const std::string& identifier = "i", const wire_format* how = json) {
    std::size_t slot = unsubscribe::unknown_slot;
    auto answer = ask(who, identifier, how);
    consume_messages();
    answer.receive(
        [&](const subscribed& news) {
          CAF_CHECK_EQUAL(*news.stream, "news");

          CAF_CHECK(news.actor == uut);
          slot = news.slot;
        },
        [](const caf::error&) { CAF_FAIL("no answer"); });
    return slot;
  }

  void remove(const follower& who, std::size_t slot, const std::string& identifier = "i") {
    caf::anon_send(uut, unsubscribe{"news", identifier, json, who.actor, slot});
  }

  void broadcast_it(std::string_view data, std::string_view exclude_socket = {}) {
    broadcast content{.stream = "news",
                      .data = std::string{data},
                      .data_is_json = true,
                      .exclude_socket = std::string{exclude_socket}};
    caf::anon_send(
        uut, broadcast_to_stream{std::make_shared<accepted_broadcast>(std::move(content), here.gate, here.now())});
  }
};

}  // namespace ability
