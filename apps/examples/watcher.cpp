// A minimal monitoring program: attaches to a node of abilityd with CAF 0.17 alone, and prints its feed.
//
//     watcher HOST PORT [CERTIFICATE KEY AUTHORITIES]
//
// g++ -std=c++17 watcher.cpp -lcaf_core -lcaf_io -lcaf_openssl
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <cstdlib>
#include <iostream>

using namespace std::chrono_literals;

struct config : caf::actor_system_config {
  explicit config(char** tls) {
    load<caf::io::middleman>();
    // The node closes a connection after 3 s of silence. Do not set a connection-timeout: it ends dials (CAF 0.17.6).
    set("middleman.heartbeat-interval", caf::timespan{500ms});
    if (tls == nullptr)
      return;
    load<caf::openssl::manager>();
    openssl_certificate = tls[0];
    openssl_key = tls[1];
    openssl_cafile = tls[2];
  }
};

// Prints a line at once, into a pipe too.
void show(const std::string& line) { std::cout << line << '\n' << std::flush; }

int main(int argc, char** argv) {
  if (argc != 3 && argc != 6) {
    std::cerr << "usage: watcher HOST PORT [CERTIFICATE KEY AUTHORITIES]\n";
    return 2;
  }
  config how{argc == 6 ? argv + 3 : nullptr};
  caf::actor_system system{how};
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  const auto node =
      argc == 6 ? caf::openssl::remote_actor(system, argv[1], port) : system.middleman().remote_actor(argv[1], port);
  if (!node) {
    std::cerr << "cannot attach to " << argv[1] << ':' << port << ": " << system.render(node.error()) << '\n';
    return 1;
  }
  caf::scoped_actor self{system};
  self->monitor(*node);
  const auto ask = [&](const std::string& verb, const std::string& json) {
    self->request(*node, 5s, verb, json)
        .receive([](const std::string& answer) { show(answer); },
                 [&](const caf::error& why) { std::cerr << verb << ": " << system.render(why) << '\n'; });
  };
  if (const char* secret = std::getenv("ABILITY_MONITOR_SECRET"))
    ask("login", R"({"secret":")" + std::string{secret} + "\"}");
  ask("watch", R"({"interval_ms":1000,"events":true})");
  for (bool up = true; up;)
    self->receive(
        // Returning acknowledges the item. A node disconnects a watcher that does not keep up.
        [](const std::string& kind, const std::string& json) { show(std::string{kind}.append(1, ' ').append(json)); },
        [&](const caf::down_msg&) { up = false; },  //
        caf::after(5s) >> [&] { up = false; });
  std::cerr << "the node is gone, or says nothing\n";
  return 1;
}
