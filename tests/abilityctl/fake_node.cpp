// A node with scripted answers, by stock CAF: for behaviour that a real node shows never or seldom.
//
//     fake_node SCRIPT [CERTIFICATE KEY AUTHORITIES]
//
// SCRIPT is JSON: {"answers": {VERB: [TEXT, ...]}, "feed": [[KIND, TEXT], ...], "every_ms": N}. The nth question of a
// verb gets the nth text, later ones the last; a verb that is missing is never answered. After `watch` the feed is sent
// over and over. Prints its port, then each question on a line: VERB ARGUMENTS.
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

class config : public caf::actor_system_config {
public:
  explicit config(char** tls) {
    load<caf::io::middleman>();
    if (tls != nullptr) {
      load<caf::openssl::manager>();
      openssl_certificate = tls[0];
      openssl_key = tls[1];
      openssl_cafile = tls[2];
    }
    set("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds{500}});
    set("middleman.connection-timeout", caf::timespan{std::chrono::seconds{3}});
    set("scheduler.max-threads", std::size_t{1});
  }
};

class node_state {
public:
  static constexpr const char* name = "fake_node";
  explicit node_state(caf::event_based_actor* self) : self_{self} {}

  caf::behavior make_behavior(json script) {
    script_ = std::move(script);
    self_->set_down_handler([](caf::down_msg&) {});
    return {
        [this](const std::string& verb, const std::string& arguments) { return answer(verb, arguments); },
        [this](caf::tick_atom) { feed(); },
    };
  }

private:
  caf::result<std::string> answer(const std::string& verb, const std::string& arguments) {
    std::cout << verb << ' ' << arguments << '\n' << std::flush;
    const auto& answers = script_["answers"];
    if (!answers.contains(verb)) {
      unanswered_.push_back(self_->make_response_promise());
      return caf::delegated<std::string>{};
    }
    if (verb == "watch") {
      watcher_ = caf::actor_cast<caf::actor>(self_->current_sender());
      self_->delayed_send(self_, std::chrono::milliseconds{1}, caf::tick_atom_v);
    }
    const auto& texts = answers[verb];
    return texts[std::min(asked_[verb]++, texts.size() - 1)].get<std::string>();
  }

  void feed() {
    const auto& all = script_["feed"];
    if (all.empty())
      return;
    const auto& next = all[fed_++ % all.size()];
    self_->request(watcher_, caf::infinite, next[0].get<std::string>(), next[1].get<std::string>())
        .then([] { (std::cout << "credit\n").flush(); }, [](const caf::error&) {});
    self_->delayed_send(self_, std::chrono::milliseconds{script_.value("every_ms", 20)}, caf::tick_atom_v);
  }

  caf::event_based_actor* self_;
  json script_;
  caf::actor watcher_;
  std::map<std::string, std::size_t> asked_;
  std::size_t fed_ = 0;
  std::vector<caf::response_promise> unanswered_;
};

caf::behavior fake_node(caf::stateful_actor<node_state>* self, const std::string& script) {
  return self->state.make_behavior(json::parse(script));
}

}  // namespace

int main(int argc, char** argv) {
  const bool tls = argc == 5;
  config how{tls ? argv + 2 : nullptr};
  caf::actor_system system{how};
  const auto node = system.spawn(fake_node, std::string{argv[1]});
  const auto port =
      tls ? caf::openssl::publish(node, 0, "127.0.0.1") : system.middleman().publish(node, 0, "127.0.0.1");
  if (!port) {
    std::cerr << system.render(port.error()) << '\n';
    return 1;
  }
  std::cout << *port << '\n' << std::flush;
  std::string line;
  std::getline(std::cin, line);  // until the starting process is gone
  std::_Exit(0);
}
