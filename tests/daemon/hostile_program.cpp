// A malicious or broken monitoring program: plain CAF 0.17 without a header of ours. `hostile_program MODE PORT`
// attaches at 127.0.0.1:PORT, acts as MODE says, and reports in lines on its output. cluster_hostile.test.mjs runs it.
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr caf::actor_id forged_ids = 5'000;
constexpr int questions = 10'000;

struct settings : caf::actor_system_config {
  settings() {
    load<caf::io::middleman>();
    set("middleman.heartbeat-interval", caf::timespan{500ms});
  }
};

void tell(const std::string& line) { std::cout << line << '\n' << std::flush; }

/// The node's actor for this program. Ends the program if it gets none.
caf::actor attach(caf::actor_system& system, std::uint16_t port) {
  auto node = system.middleman().remote_actor("127.0.0.1", port);
  if (!node) {
    tell("not attached: " + system.render(node.error()));
    std::_Exit(1);
  }
  tell("attached");
  return *node;
}

/// Asks, and reports the answer, or that the node's actor is gone.
void ask(caf::actor_system& system, const caf::actor& node, const std::string& verb, const std::string& arguments) {
  caf::scoped_actor self{system};
  self->monitor(node);
  self->send(node, verb, arguments);
  self->receive([](const std::string& answer) { tell("answer " + answer); },
                [](const caf::error&) { tell("no answer: an error"); },
                [](const caf::down_msg&) { tell("no answer: the node's actor is gone"); },
                caf::after(20s) >> [] { tell("no answer within 20 s"); });
}

caf::io::basp_broker& broker_of(caf::actor_system& system) {
  auto handle = system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  return dynamic_cast<caf::io::basp_broker&>(*caf::actor_cast<caf::abstract_actor*>(handle));
}

/// Runs `action` on the middleman's thread, which owns all state of BASP.
void in_middleman(caf::actor_system& system, const std::function<void()>& action) {
  std::promise<void> done;
  system.middleman().backend().post([&] {
    action();
    done.set_value();
  });
  done.get_future().wait();
}

/// Forged handles of actors that this program was never given: CAF makes a proxy for any id.
std::vector<caf::actor> forge(caf::actor_system& system, const caf::node_id& where) {
  std::vector<caf::actor> forged;
  in_middleman(system, [&] {
    auto& proxies = broker_of(system).proxies();
    for (caf::actor_id id = 1; id <= forged_ids; ++id)
      forged.push_back(caf::actor_cast<caf::actor>(proxies.get_or_put(where, id)));
  });
  return forged;
}

// -- modes
// ---------------------------------------------------------------------------------------------------------------

/// Reads questions from its input, a verb and its arguments a line, and reports the answers.
void serve(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  for (std::string line; std::getline(std::cin, line);) {
    const auto space = std::min(line.find(' '), line.size());
    ask(system, node, line.substr(0, space), line.substr(std::min(space + 1, line.size())));
  }
}

/// Sends exit messages to every actor that it can address.
void exits(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  const caf::exit_reason reasons[] = {caf::exit_reason::kill, caf::exit_reason::user_shutdown,
                                      caf::exit_reason::remote_link_unreachable};
  auto targets = forge(system, node.node());
  targets.push_back(node);
  for (const auto& target : targets) {
    for (const auto reason : reasons) {
      caf::anon_send_exit(target, reason);
      caf::anon_send(target, caf::exit_msg{caf::actor_cast<caf::actor_addr>(target), reason});
      caf::anon_send(target, caf::down_msg{caf::actor_cast<caf::actor_addr>(target), reason});
    }
    caf::anon_send(target, std::string{"disconnect"}, std::string{"{}"});
  }
  ask(system, node, "status", "{}");
}

/// Links its actors to the node's, monitors it, and fails.
void links(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  auto targets = forge(system, node.node());
  targets.push_back(node);
  for (const auto& target : targets) {
    auto linked = system.spawn([target](caf::event_based_actor* self) -> caf::behavior {
      self->link_to(target);
      self->monitor(target);
      return {[self](int) { self->quit(caf::exit_reason::kill); }};
    });
    caf::anon_send(linked, 1);
  }
  system.await_all_actors_done();
  ask(system, node, "status", "{}");
}

/// Sends to actors by the names that nodes of stock CAF have.
void names(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  auto basp = system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  caf::scoped_actor self{system};
  for (const auto name : {caf::atom("ConfigServ"), caf::atom("SpawnServ"), caf::atom("BASP"), caf::atom("monitor")}) {
    for (const auto& what : {caf::make_message(caf::get_atom_v, caf::atom("SpawnServ")),
                             caf::make_message(caf::get_atom_v, std::string{"info"}),
                             caf::make_message(caf::put_atom_v, std::string{"basp.default-connectivity-tcp"},
                                               caf::make_message(std::uint16_t{1})),
                             caf::make_message(std::string{"status"}, std::string{"{}"})})
      self->send(basp, caf::forward_atom_v, node.node(), name, what);
  }
  auto spawned = system.middleman().remote_spawn<caf::actor>(node.node(), "monitor", caf::make_message(),
                                                             caf::duration{std::chrono::seconds{1}});
  tell(spawned ? "spawned" : "spawned nothing");
  ask(system, node, "status", "{}");
}

/// Asks many questions, and stops reading once the first answer has come.
void stops_reading(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  caf::scoped_actor self{system};
  for (int asked = 0; asked < questions; ++asked)
    self->send(node, std::string{"connections"}, std::string{R"({"limit":1000})"});
  self->receive([](const std::string&) { tell("first answer"); });
  system.middleman().backend().post([] {
    tell("stopped");
    std::this_thread::sleep_for(1h);
  });
  std::this_thread::sleep_for(1h);
}

/// Watches the node and reports its feeds. `owes`: it never answers them.
void watch(caf::actor_system& system, std::uint16_t port, bool owes) {
  const auto node = attach(system, port);
  system.spawn([=](caf::event_based_actor* self) -> caf::behavior {
    self->send(node, std::string{"watch"}, std::string{R"({"interval_ms":100,"events":true})"});
    self->monitor(node);
    self->set_down_handler([self](caf::down_msg&) {
      tell("down");
      self->quit();
    });
    auto owed = std::make_shared<std::vector<caf::response_promise>>();
    return {
        [](const std::string& answer) { tell("answer " + answer); },
        [=](const std::string& kind, const std::string& json) {
          tell(kind + " " + json);
          auto promise = self->make_response_promise();
          if (owes)
            owed->push_back(std::move(promise));
          else
            promise.deliver(caf::unit);
        },
    };
  });
  system.await_all_actors_done();
}

/// Sends messages that no node expects.
void wrong_types(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  const std::string status{"status"};
  const std::vector<caf::message> all{
      caf::make_message(),
      caf::make_message(1),
      caf::make_message(status),
      caf::make_message(status, 1),
      caf::make_message(1, status),
      caf::make_message(status, status, status),
      caf::make_message(std::vector<std::string>{status, "{}"}),
      caf::make_message(std::map<std::string, std::string>{{status, "{}"}}),
      caf::make_message(caf::atom("status"), status),
      caf::make_message(caf::make_error(caf::sec::runtime_error), status),
      caf::make_message(caf::make_message(status, std::string{"{}"})),
      caf::make_message(node),
      caf::make_message(std::vector<char>(30'000, 'x')),
      caf::make_message(std::string(20'000, 'x'), std::string(20'000, '{')),
  };
  caf::scoped_actor self{system};
  for (const auto& one : all) {
    self->send(node, one);
    // Sent as a request, to which an answer may or may not come.
    self->request(node, 100ms, one).receive([](const std::string&) {}, [](caf::error&) {});
  }
  ask(system, node, "status", "{}");
  self->monitor(node);
  self->send(node, std::string(4'000'000, 'x'), std::string{"{}"});
  self->receive([](const caf::down_msg&) { tell("cut"); }, caf::after(20s) >> [] { tell("not cut"); });
}

/// Two programs with one node id, then one that claims to be the node itself.
void claims(caf::actor_system& system, std::uint16_t port) {
  const auto node = attach(system, port);
  const auto attach_as = [port](const caf::node_id& claimed) {
    settings how;
    caf::actor_system other{how};
    in_middleman(other, [&] {
      const_cast<caf::node_id&>(other.node()) = claimed;
      const_cast<caf::node_id&>(broker_of(other).this_node()) = claimed;
    });
    auto got = other.middleman().remote_actor("127.0.0.1", port);
    tell(got ? "attached as another" : "not attached as another");
    if (got) {
      caf::anon_send_exit(*got, caf::exit_reason::kill);
      ask(other, *got, "status", "{}");
    }
  };
  attach_as(system.node());
  ask(system, node, "status", "{}");
  attach_as(node.node());
  ask(system, node, "status", "{}");
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(caf::actor_system&, std::uint16_t)>> modes{
      {"serve", serve},
      {"exits", exits},
      {"links", links},
      {"names", names},
      {"stops-reading", stops_reading},
      {"watches", [](caf::actor_system& system, std::uint16_t port) { watch(system, port, false); }},
      {"watches-and-owes", [](caf::actor_system& system, std::uint16_t port) { watch(system, port, true); }},
      {"wrong-types", wrong_types},
      {"claims", claims},
  };
  if (argc != 3 || modes.count(argv[1]) == 0) {
    std::cerr << "usage: hostile_program MODE PORT\n";
    return 2;
  }
  settings how;
  caf::actor_system system{how};
  modes.at(argv[1])(system, static_cast<std::uint16_t>(std::stoi(argv[2])));
  tell("done");
}
