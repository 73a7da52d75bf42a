/// A client that speaks Action Cable, and its server, whose replies a test writes byte for byte.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/action_cable/messages.hpp"
#include "protocol/websocket/frame.hpp"
#include "tests/apps_load/network_fixture.hpp"

namespace ability::load::test {

inline const std::string upgraded =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n"
    "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: actioncable-v1-json\r\n\r\n";

inline std::string text_frame(std::string_view text) {
  std::string out;
  append_text_frame(out, text);
  return out;
}

inline const std::string welcome = text_frame(welcome_message("sid"));

// Texts of a client's masked frames, one line each.
inline std::string unmasked(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= 6) {
    std::size_t size = static_cast<std::uint8_t>(bytes[1]) & 0x7f;
    std::size_t head = 2;
    if (size == 126) {
      size = static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[2])) << 8 | static_cast<std::uint8_t>(bytes[3]);
      head = 4;
    }
    for (std::size_t i = 0; i < size; ++i)
      out += static_cast<char>(bytes[head + 4 + i] ^ bytes[head + i % 4]);
    out += '\n';
    bytes.remove_prefix(std::min(bytes.size(), head + 4 + size));
  }
  return out;
}

inline std::string identifier_of(const std::string& stream) {
  return R"({"channel":"$pubsub","stream_name":")" + stream + "\"}";
}

inline std::string broadcast(const std::string& stream, std::string_view data) {
  std::string out;
  append_broadcast(out, identifier_of(stream), data, true);
  return out;
}

struct cable_fixture : network_fixture {
  std::unique_ptr<client_link> link;

  cable_fixture() { reach_for({.cable = {"ws://" + server.authority() + "/cable?a=b"}, .token = "t0ken"}); }

  auto& there() { return *server.all.back(); }
  bool asked() {
    return run_until([this] { return !server.all.empty() && there().received.find("\r\n\r\n") != std::string::npos; });
  }

  void connect() { link = net->connect(transport::action_cable, 0, telling()); }

  // Connects to a server that replies with `answer`. Returns the reason for the connection's end.
  std::string end_after(const std::string& answer, bool close = false) {
    events.clear();
    arrivals.clear();
    server.all.clear();
    connect();
    CAF_REQUIRE(asked());
    there().send(answer);
    if (close)
      there().close();
    CAF_CHECK(run_until([this] { return !events.empty() && events.back().what == link_event::kind::closed; }));
    link = nullptr;
    return events.empty() ? "" : events.back().why;
  }

  // Connects, is accepted, and follows `streams` as subscriptions 1 and following.
  void follow(const std::vector<std::string>& streams) {
    events.clear();
    server.all.clear();
    connect();
    CAF_REQUIRE(asked());
    there().send(upgraded + welcome);
    CAF_REQUIRE(run_until_events(1));
    there().received.clear();
    std::uint32_t number = 0;
    for (const auto& each : streams)
      link->subscribe(++number, each, "", "");
    for (const auto& each : streams)
      there().send(text_frame(confirm_subscription(identifier_of(each))));
    CAF_REQUIRE(run_until_events(1 + streams.size()));
  }
};

}  // namespace ability::load::test
