/// Clients whose application the test plays. Includes CAF's test DSL: include it last.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/actors/support/app_fixture.hpp"

namespace ability {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

/// Identifiers of the application's channels.
inline const std::string chat = R"({"channel":"ChatChannel"})";
inline const std::string news = R"({"channel":"NewsChannel"})";

/// The reason by which presence is refused for a channel without `$p`.
inline constexpr std::string_view names_no_stream =
    "no presence here: it needs a stream that the application names in the subscription's state as $p";

/// Text that a client receives for a broadcast of `json`.
inline std::string message_for(std::string_view identifier, std::string_view json) {
  std::string text;
  append_broadcast(text, identifier, json, true);
  return text;
}

/// Reply that confirms the subscription and has it follow `streams`.
inline rpc_reply confirms(const std::string& identifier, texts streams = {}) {
  return {.status = rpc_status::success,
          .transmissions = {confirm_subscription(identifier)},
          .streams = std::move(streams)};
}

/// All values of `rpc_failure`.
inline const std::vector<rpc_failure> failures{
    rpc_failure::unavailable, rpc_failure::exhausted, rpc_failure::timed_out, rpc_failure::unauthorized,
    rpc_failure::invalid,     rpc_failure::broken,    rpc_failure::refused};

/// Keys that clients' tokens are checked with.
inline std::shared_ptr<const token_keys> keys() {
  auto result = std::make_shared<token_keys>();
  result->add_secret("s3cret");
  return result;
}

/// A token for the identity `me`.
inline std::string token(std::optional<std::int64_t> expires = {}, std::string_view secret = "s3cret") {
  return make_token("me", expires, secret).value();
}

/// A node with an application, and the actions of its clients.
struct connection_fixture : app_fixture {
  /// Failed calls are not repeated; `disconnect` is called at once.
  explicit connection_fixture(node_settings how) : app_fixture{without_waiting(std::move(how))} {}

  static node_settings without_waiting(node_settings how) {
    how.app.command_timeout = 1ms;
    how.app.disconnect_rate = 2'000'000'000;  // one second divided by it is zero
    return how;
  }

  /// A client that has started its handshake.
  client come(const std::string& sid, std::string token = {}) {
    auto who = connect(sid);
    caf::anon_send(who.actor, handshake(std::move(token)));
    consume_messages();
    return who;
  }

  /// A client that the application has accepted.
  client welcome(const std::string& sid, rpc_reply reply = {.status = rpc_status::success, .identity = "me"}) {
    auto who = come(sid);
    answer(std::move(reply));
    CAF_REQUIRE(who.box->accepted);
    who.box->forget();
    return who;
  }

  void does(const client& who, command_type what, std::string identifier, std::string data = {}) {
    says(who, what, std::move(identifier), std::move(data));
    consume_messages();
  }

  /// Has `who` subscribe, and the application confirm.
  void joins(const client& who, const std::string& identifier, texts streams = {}) {
    subscribes(who, identifier, confirms(identifier, std::move(streams)));
    CAF_CHECK_EQUAL(who.box->seen, texts{confirm_subscription(identifier)});
    who.box->forget();
  }

  void subscribes(const client& who, const std::string& identifier, rpc_outcome outcome) {
    does(who, command_type::subscribe, identifier);
    answer(std::move(outcome));
  }

  /// Ends the latest call.
  template <class Outcome>
  void answer(Outcome outcome) {
    CAF_REQUIRE(transport->open() > 0);
    transport->answer(std::move(outcome), transport->open() - 1);
    consume_messages();
  }

  void leaves(const client& who) {
    caf::anon_send(who.actor, client_gone{});
    consume_messages();
  }

  /// The latest call.
  const rpc_request& asked() const {
    CAF_REQUIRE(!transport->made.empty());
    return transport->made.back().request;
  }

  std::vector<rpc_request> disconnects() const {
    std::vector<rpc_request> all;
    for (const auto& each : transport->made)
      if (each.request.method == rpc_method::disconnect)
        all.push_back(each.request);
    return all;
  }

  rpc_request disconnect_call(std::size_t place) const { return disconnects().at(place); }

  /// Publishes, and returns all messages that `who` has received since the last look.
  texts hears(const client& who, std::string_view stream, std::string_view json) {
    publish(stream, json);
    consume_messages();
    return std::exchange(who.box->seen, {});
  }

  std::uint64_t failed() const { return sum(&lane_counters::failed_client_messages); }
};

}  // namespace ability
