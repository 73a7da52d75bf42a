#include "tests/bench/application.hpp"

#include <csignal>

namespace ability::load {

application::application(const programs& where, std::int64_t answers_after_us, const std::string& disconnects)
    : process_{{find_program(where.bare_app), std::to_string(port_), std::to_string(answers_after_us)},
               files_.path() / "output"},
      asks_{where} {
  while (!try_connect(port_))
    sleep_ms(5);
  asks_.abilityd_access = {"--public-streams",
                           "--broadcast-key=none",
                           "--rpc-command-timeout=60000",
                           "--rpc-request-timeout=0",
                           "--handshake-timeout=60s",
                           "--disconnect-mode=" + disconnects,
                           "--rpc-host=http://127.0.0.1:" + std::to_string(port_)};
}

void application::hang() const { process_.signal(SIGUSR1); }

}  // namespace ability::load
