// The daemon with one more client protocol.
#include <cstddef>
#include <utility>

#include "apps/abilityd/client_protocols.hpp"
#include "apps/abilityd/program.hpp"
#include "net/websocket/websocket_session.hpp"
#include "tests/third_protocol/lines_session.hpp"

int main(int argc, char** argv) {
  auto protocols = ability::client_protocols();
  protocols.push_back({"lines", [](ability::lane_context& where, ability::upgrade_order order) {
                         ability::start_websocket<ability::lines_session>(where, std::move(order));
                       }});
  return ability::run_program({argv, static_cast<std::size_t>(argc)}, protocols);
}
