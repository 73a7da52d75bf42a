#include "apps/abilityd/client_drain.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/connection/registry.hpp"
#include "actors/node/totals.hpp"

namespace ability {

namespace {

constexpr std::chrono::milliseconds look_up_every{10};

}  // namespace

client_drain::client_drain(const node& here, edge_state& shared, boost::asio::io_context& io)
    : here_{here}, shared_{shared}, timer_{io} {}

void client_drain::begin(const plan& how, std::function<void()> done) {
  how_ = how;
  done_ = std::move(done);
  shared_.leaving = true;
  after(how.notice, &client_drain::refuse_new);
}

void client_drain::cancel() {
  timer_.cancel();
  ++step_;
  done_ = nullptr;
  shared_.draining = false;
  shared_.leaving = false;
  for (const auto& home : here_.lanes)
    caf::anon_send(home->registry, ability::cancel_drain{});
}

void client_drain::refuse_new() {
  shared_.draining = true;
  until_ = clock::now() + how_.within / 4;
  say_goodbye_when_delivered();
}

// Waits for a limited time only: clients may stop reading, and broadcasts keep arriving.
void client_drain::say_goodbye_when_delivered() {
  if (here_.gate.pending() == 0 || clock::now() >= until_)
    say_goodbye();
  else
    after(look_up_every, &client_drain::say_goodbye_when_delivered);
}

void client_drain::say_goodbye() {
  for (const auto& home : here_.lanes)
    caf::anon_send(home->registry, drain_connections{how_.within, how_.reconnect});
  until_ = clock::now() + how_.within + registry_state::drain_interval;
  if (done_)
    look_for_the_last();
}

void client_drain::look_for_the_last() {
  if (open_connections(here_) == 0 || clock::now() >= until_)
    std::exchange(done_, nullptr)();
  else
    after(look_up_every, &client_drain::look_for_the_last);
}

void client_drain::after(std::chrono::milliseconds delay, void (client_drain::*then)()) {
  timer_.expires_after(delay);
  // An expired wait cannot be cancelled, but its handler may still be queued; `step` detects that.
  timer_.async_wait([this, then, step = ++step_](boost::system::error_code error) {
    if (!error && step == step_)
      (this->*then)();
  });
}

}  // namespace ability
