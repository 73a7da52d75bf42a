#include "tests/bench/arrivals.hpp"

namespace ability::load {

namespace {

client_script script_for(const running_server& server, arrival how_far) {
  if (how_far == arrival::own_stream)
    return server.script([](std::size_t i) { return std::vector{"room" + std::to_string(i)}; });
  auto out = server.script();
  if (how_far == arrival::connect) {
    out.subscribe.clear();
    out.ready = server.kind() == server_kind::abilityd ? "welcome" : "";
  }
  return out;
}

}  // namespace

arrivals::arrivals(server_kind kind, const programs& where, arrival how_far)
    : server_{kind, where}, clients_{script_for(server_, how_far)} {
  clients_.connect(100);
}

void arrivals::connect(std::size_t clients) {
  const auto cpu = server_.process().cpu_ns();
  const auto start = now_ns();
  clients_.connect(clients);
  wall_ns_ += static_cast<double>(now_ns() - start);
  cpu_ns_ += static_cast<double>(server_.process().cpu_ns() - cpu);
  count_ += clients;
}

}  // namespace ability::load
