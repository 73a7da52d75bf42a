#include "apps/abilityd/client_drain.hpp"

#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/connection/registry.hpp"

namespace ability {

client_drain::client_drain(node& here, shared_limits& shared, boost::asio::io_context& io)
    : here_{here}, shared_{shared}, timer_{io} {}

client_drain::~client_drain() { here_.gate.forget(this); }

void client_drain::begin(const plan& how, std::function<void()> done) {
  how_ = how;
  done_ = std::move(done);
  shared_.leaving = true;
  after(how.notice, &client_drain::refuse_new);
}

void client_drain::cancel() {
  ++step_;
  timer_.cancel();
  here_.gate.forget(this);
  done_ = nullptr;
  shared_.draining = false;
  shared_.leaving = false;
  for (const auto& home : here_.lanes)
    caf::anon_send(home->registry, ability::cancel_drain{});
}

// Waits for a limited time only until accepted broadcasts are delivered: clients may stop reading, and broadcasts keep
// arriving.
void client_drain::refuse_new() {
  shared_.draining = true;
  after(how_.within / 4, &client_drain::say_goodbye);
  here_.gate.when_empty(this, end_of_wait());
}

void client_drain::say_goodbye() {
  here_.gate.forget(this);
  for (const auto& home : here_.lanes)
    caf::anon_send(home->registry, drain_connections{how_.within, how_.reconnect});
  if (!done_)
    return;
  after(how_.within + registry_state::drain_interval, &client_drain::finish);
  when_no_connections(here_, false, end_of_wait());
}

void client_drain::finish() { std::exchange(done_, nullptr)(); }

// The step decides whether a wait still counts: an expired or cancelled one may have its handler still queued.
void client_drain::after(std::chrono::milliseconds delay, void (client_drain::*then)()) {
  timer_.expires_after(delay);
  timer_.async_wait([this, then, step = ++step_](boost::system::error_code) {
    if (step == step_)
      (this->*then)();
  });
}

// Returns a function for any thread that ends the present wait before its time.
std::function<void()> client_drain::end_of_wait() {
  return [this, step = step_] {
    boost::asio::post(timer_.get_executor(), [this, step] {
      if (step == step_)
        timer_.cancel();
    });
  };
}

}  // namespace ability
