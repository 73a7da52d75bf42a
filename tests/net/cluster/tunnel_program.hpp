/// A monitoring program with stock CAF. Include behind tunnel_fixture.hpp.
#pragma once

#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <string>

#include "tests/net/cluster/tunnel_fixture.hpp"

namespace ability::test {

struct program_config : caf::actor_system_config {
  program_config() {
    load<caf::io::middleman>();
    set("middleman.heartbeat-interval", caf::timespan{500ms});
    set("scheduler.max-threads", std::size_t{1});
  }
};

/// Attaches with CAF 0.17's own means.
template <class Config = program_config>
struct program {
  Config config;
  caf::actor_system system{config};
  caf::actor node;

  template <class... Ts>
  explicit program(Ts&&... args) : config{std::forward<Ts>(args)...} {}
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  // Clean up here: CAF does not if it stops while it is connected.
  ~program() {
    if (!node)
      return;
    caf::anon_send(node, std::string{"CLOSE"}, std::string{"{}"});
    await_down();
  }

  bool attach(const tunnel_node& where) {
    return take(system.middleman().remote_actor("127.0.0.1", where.monitor_port()));
  }

  bool take(caf::expected<caf::actor> found) {
    if (found)
      node = *found;
    return static_cast<bool>(found);
  }

  std::string ask(const std::string& verb, const std::string& arguments = "{}") {
    std::string answer = "none";
    caf::scoped_actor self{system};
    self->request(node, caf::duration{patience}, verb, arguments)
        .receive([&](const std::string& text) { answer = text; },
                 [&](const caf::error& why) { answer = system.render(why); });
    return answer;
  }

  /// True if the node's actor ends in time.
  bool await_down() {
    caf::scoped_actor self{system};
    self->monitor(node);
    bool down = false;
    self->receive([&](const caf::down_msg&) { down = true; }, caf::after(patience) >> [] {});
    return down;
  }
};

}  // namespace ability::test
