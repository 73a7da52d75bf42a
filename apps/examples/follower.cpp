// A device that follows a stream over UDP, and prints each message in order and once. Enter connects it anew.
#include <iostream>
#include <string>

#include "net/fly/client.hpp"

namespace fly = ability::fly;

int main(int argc, char** argv) {
  fly::client_options how;
  how.positions = true;
  fly::client device{argc > 1 ? argv[1] : "udp://127.0.0.1:5555", how};
  device.on_stream([](std::uint16_t, std::string_view data) { std::cout << data << '\n' << std::flush; });
  device.on_missed([](std::uint16_t) { std::cout << "something is lost for good\n" << std::flush; });
  std::string line;
  do {
    auto outcome = device.connect();
    if (outcome)
      outcome = device.subscribe(1, "numbers");
    if (!outcome) {
      std::cerr << to_string(outcome.error()) << '\n';
      return 1;
    }
    std::cerr << "following\n";
  } while (std::getline(std::cin, line));
}
