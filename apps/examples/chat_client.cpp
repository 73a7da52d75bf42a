// A device that calls the application behind abilityd, joins the room, publishes a message and waits to receive it.
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "net/fly/client.hpp"

namespace fly = ability::fly;
using nlohmann::json;

int main(int argc, char** argv) {
  fly::client client{argc > 1 ? argv[1] : "tcp://127.0.0.1:5555"};
  std::promise<std::string> heard;
  client.on_stream([&, first = true](std::uint16_t, std::string_view data) mutable {
    if (std::exchange(first, false))
      heard.set_value(std::string{data});
  });

  auto outcome = client.connect();
  if (outcome) {
    const auto echoed = client.call<json>(1, json{{"text", "hello"}});
    std::cout << "echoed: " << (echoed ? echoed->dump() : to_string(echoed.error())) << '\n';
    outcome = client.subscribe(1, R"({"channel":"RoomChannel"})");
  }
  if (outcome)
    outcome = client.send_message(2, "hello, room");
  if (!outcome) {
    std::cerr << to_string(outcome.error()) << '\n';
    return 1;
  }
  std::cout << "heard: " << heard.get_future().get() << '\n';
}
