#include "tests/bench/dialects.hpp"

namespace ability::load {

namespace {

/// A string in MQTT's encoding.
std::string mqtt_string(const std::string& text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)} + text;
}

/// MQTT 3.1.1: a connection without a name and without a keep-alive, and a subscription of QoS 0.
std::string mqtt_subscriber(const std::string& stream) {
  const auto body = std::string{"\x00\x01", 2} + mqtt_string(stream) + '\0';
  return mqtt_connect() + '\x82' + static_cast<char>(body.size()) + body;
}

/// Text of the one frame by which a client follows `stream`.
std::string subscribe_command(server_kind kind, const std::string& stream) {
  switch (kind) {
    case server_kind::bare:
    case server_kind::nchan:
      return {};
    case server_kind::abilityd:
      return R"({"command":"subscribe","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\")" + stream +
             R"(\"}"})";
    case server_kind::uws:
      return '+' + stream;
    case server_kind::nats:
      return "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB " + stream + " 1\r\nPING\r\n";
    case server_kind::centrifuge:
      return R"({"id":1,"connect":{}})"
             "\n"
             R"({"id":2,"subscribe":{"channel":")" +
             stream + R"("}})";
    case server_kind::mosquitto:
      return mqtt_subscriber(stream);
  }
  return {};
}

}  // namespace

std::string name_of(server_kind kind) {
  switch (kind) {
    case server_kind::bare:
      return "bare";
    case server_kind::abilityd:
      return "abilityd";
    case server_kind::uws:
      return "uws";
    case server_kind::nats:
      return "nats";
    case server_kind::nchan:
      return "nchan";
    case server_kind::centrifuge:
      return "centrifuge";
    case server_kind::mosquitto:
      return "mosquitto";
  }
  return {};
}

client_script script_of(server_kind kind, std::uint16_t port) {
  client_script script;
  script.port = port;
  script.subscribe = subscribe_command(kind, "s");
  switch (kind) {
    case server_kind::bare:
      break;
    case server_kind::abilityd:
      script.path = "/cable";
      script.subprotocol = "actioncable-v1-json";
      script.ready = "confirm_subscription";
      break;
    case server_kind::uws:
      script.ready = "ok";
      break;
    case server_kind::nats:
      script.subscribe_as = frame_kind::binary;
      script.ready = "PONG\r\n";
      break;
    case server_kind::nchan:
      script.path = "/subscribe/s";
      break;
    case server_kind::centrifuge:
      script.path = "/cable";
      script.ready = "\"subscribe\":";
      script.separator = '\n';
      break;
    case server_kind::mosquitto:
      script.subprotocol = "mqtt";
      script.subscribe_as = frame_kind::binary;
      script.ready = "\x90\x03";
      break;
  }
  return script;
}

client_script script_of(server_kind kind, std::uint16_t port, const streams_of_client& streams_of) {
  auto script = script_of(kind, port);
  if (kind == server_kind::nchan)
    script.path_of = [streams_of](std::size_t client) { return "/subscribe/" + streams_of(client).front(); };
  else if (kind != server_kind::bare)
    script.subscribe_each = [kind, streams_of](std::size_t client) {
      auto commands = streams_of(client);
      for (auto& each : commands)
        each = subscribe_command(kind, each);
      return commands;
    };
  return script;
}

std::unique_ptr<publisher> connect_publisher_of(server_kind kind, std::uint16_t port) {
  switch (kind) {
    case server_kind::bare:
      return std::make_unique<bare_publisher>(port);
    case server_kind::abilityd:
    case server_kind::centrifuge:
      return std::make_unique<http_publisher>(port, "/_broadcast", http_publisher::body::publications);
    case server_kind::uws:
      return std::make_unique<uws_publisher>(port);
    case server_kind::nats:
      return std::make_unique<nats_publisher>(port);
    case server_kind::nchan:
      return std::make_unique<http_publisher>(port, "/publish", http_publisher::body::raw);
    case server_kind::mosquitto:
      return std::make_unique<mqtt_publisher>(port);
  }
  return {};
}

std::string payload_of(server_kind kind, const std::string& message) {
  switch (kind) {
    case server_kind::bare:
    case server_kind::abilityd:
    case server_kind::uws:
      return action_cable_payload(message);
    case server_kind::nats:
      return "MSG s 1 " + std::to_string(message.size()) + "\r\n" + message + "\r\n";
    case server_kind::nchan:
      return message;
    case server_kind::centrifuge:
      return R"({"push":{"channel":"s","pub":{"data":)" + message + "}}}";
    case server_kind::mosquitto:
      return mqtt_publish(message);
  }
  return {};
}

}  // namespace ability::load
