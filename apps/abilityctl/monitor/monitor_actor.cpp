#include "apps/abilityctl/monitor/monitor_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <utility>

namespace ability {
namespace {

// A node stops at 16 unacknowledged items; a sender that exceeds this limit is not a node.
constexpr std::size_t most_unacknowledged = 64;

class monitor_actor_state {
public:
  static constexpr const char* name = "abilityctl";

  explicit monitor_actor_state(caf::event_based_actor* self) : self_{self} {}

  caf::behavior make_behavior(const caf::actor& node, std::chrono::milliseconds timeout,
                              std::shared_ptr<monitor_inbox> inbox) {
    node_ = node;
    timeout_ = timeout;
    inbox_ = std::move(inbox);
    self_->monitor(node_);
    self_->set_down_handler([this](const caf::down_msg&) { change([](monitor_inbox& in) { in.gone = true; }); });
    return {
        [this](caf::put_atom, const std::string& verb, const std::string& arguments) { ask(verb, arguments); },
        [this](caf::ok_atom) { acknowledge(); },
        [this](std::string& kind, std::string& json) { return take(std::move(kind), std::move(json)); },
    };
  }

private:
  template <class F>
  void change(F how) {
    const std::lock_guard lock{inbox_->mutex};
    how(*inbox_);
    inbox_->changed.notify_all();
  }

  void ask(const std::string& verb, const std::string& arguments) {
    self_->request(node_, timeout_, verb, arguments)
        .then([this](std::string& answered) { change([&](monitor_inbox& in) { in.answer = std::move(answered); }); },
              [this](const caf::error& error) {
                change([&](monitor_inbox& in) { (error == caf::sec::request_timeout ? in.late : in.gone) = true; });
              });
  }

  caf::result<void> take(std::string kind, std::string json) {
    if (unacknowledged_.size() < most_unacknowledged) {
      unacknowledged_.push_back(self_->make_response_promise());
      change([&](monitor_inbox& in) { in.feed.push_back({std::move(kind), std::move(json)}); });
    }
    return caf::delegated<void>{};
  }

  void acknowledge() {
    if (unacknowledged_.empty())
      return;
    unacknowledged_.front().deliver(caf::unit);
    unacknowledged_.pop_front();
  }

  caf::event_based_actor* self_;
  caf::actor node_;
  std::chrono::milliseconds timeout_{0};
  std::shared_ptr<monitor_inbox> inbox_;
  std::deque<caf::response_promise> unacknowledged_;  // in the inbox's order
};

caf::behavior monitor_actor(caf::stateful_actor<monitor_actor_state>* self, const caf::actor& node,
                            std::chrono::milliseconds timeout, const std::shared_ptr<monitor_inbox>& inbox) {
  return self->state.make_behavior(node, timeout, inbox);
}

}  // namespace

caf::actor spawn_monitor_actor(caf::actor_system& system, const caf::actor& node, std::chrono::milliseconds timeout,
                               std::shared_ptr<monitor_inbox> inbox) {
  return system.spawn(monitor_actor, node, timeout, std::move(inbox));
}

void ask_node(const caf::actor& by, std::string verb, std::string arguments) {
  caf::anon_send(by, caf::put_atom_v, std::move(verb), std::move(arguments));
}

void acknowledge_feed(const caf::actor& by) { caf::anon_send(by, caf::ok_atom_v); }

}  // namespace ability
