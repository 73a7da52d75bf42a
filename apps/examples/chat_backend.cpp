// An application behind abilityd: it admits every client, echoes messages of FlyRPC clients, and lets browsers and
// devices chat in one room. Start the daemon with --rpc-host fly://127.0.0.1:7000.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "net/fly/multiplexed_server.hpp"
#include "protocol/action_cable/messages.hpp"

namespace fly = ability::fly;
using ability::rpc_status;
using nlohmann::json;

int main(int argc, char** argv) {
  const char* secret = std::getenv("ABILITY_FLY_RPC_SECRET");
  fly::multiplexed_server backend{{.secret = secret != nullptr ? secret : "", .node_name = "chat"}};
  const auto say = [&](const std::string& who, const json& text) {
    backend.publish("room", json{{"from", who}, {"text", text}}.dump());
  };

  // Messages of FlyRPC clients: type 1 is echoed, type 2 is published in the room.
  backend.on_message(1, [](const json& message) { return message; });
  backend.on_message(2, [&](fly::context& from, const json& text) { say(from.identity(), text); });

  // Calls of the daemon on behalf of all its clients: connect, and the commands of a subscription.
  backend.on_app_connect([](const ability::rpc_request& asked) {
    return ability::rpc_reply{
        .status = rpc_status::success, .identity = asked.sid, .transmissions = {ability::welcome_message(asked.sid)}};
  });
  backend.on_app_command([&](const ability::rpc_request& asked) {
    ability::rpc_reply reply{.status = rpc_status::success};
    if (asked.command == "subscribe") {
      reply.streams = {"room"};
      reply.transmissions = {ability::confirm_subscription(asked.identifier)};
    } else if (asked.command == "message") {
      say(asked.identity, json::parse(asked.data, nullptr, false).value("text", json{}));
    }
    return reply;
  });

  const auto where = backend.listen(argc > 1 ? argv[1] : "tcp://127.0.0.1:7000");
  if (!where) {
    std::cerr << where.error().detail << '\n';
    return 1;
  }
  std::cout << "serving gateways at " << to_string(*where) << '\n' << std::flush;
  backend.run();
}
