#include "apps/abilityd/daemon_control.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/supervisor/messages.hpp"
#include "apps/abilityd/last_resort.hpp"
#include "apps/abilityd/log_sink.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

// Two signals within this time count as one: a terminal and a process supervisor may both send one.
constexpr std::chrono::seconds one_signal{1};

// Time after the shutdown timeout for the last steps; then the process is ended by force.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds grace{10'000};
#else
constexpr std::chrono::milliseconds grace{500};
#endif

// Load balancers probe every few seconds and react after two or three failures.
constexpr std::chrono::milliseconds longest_notice{10'000};

constexpr std::chrono::milliseconds for_the_log{100};

}  // namespace

daemon_control::daemon_control(node& here, shared_limits& shared,
                               const std::vector<std::unique_ptr<lane_context>>& contexts, listeners& doors,
                               io_lane& control, const shutdown_limits& limits)
    : shared_{shared},
      doors_{doors},
      io_{control.io()},
      limits_{limits},
      clients_{here, shared, io_},
      shutdown_{here, contexts, io_} {}

// -- signals ---

void daemon_control::start(supervisor_actor supervisor, std::function<void()> reload) {
  supervisor_ = std::move(supervisor);
  reload_ = std::move(reload);
  signals_.emplace(io_, SIGTERM, SIGINT, SIGHUP);
  wait_for_signals();
}

void daemon_control::wait_for_signals() {
  signals_->async_wait([this](boost::system::error_code error, int signal) {
    if (error)
      return;
    on_signal(signal);
    wait_for_signals();
  });
}

void daemon_control::on_signal(int signal) {
  if (signal == SIGHUP) {
    reload_();
  } else if (!ending_) {
    signalled_ = clock::now();
    stop(0);
  } else if (clock::now() - signalled_ >= one_signal) {
    log(log_level::warn, "ending at once, as a second signal asks for it",
        {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    flush_log_at_last(for_the_log);
    std::_Exit(128 + signal);
  }
}

// -- shutdown ---

void daemon_control::fail() {
  asio::post(io_, [this] { stop(1); });
}

// Closes clients one by one; publications in the meantime reach the remaining ones. A daemon that has lost an actor
// can serve no client: it closes all of them at once.
void daemon_control::stop(int exit_code) {
  if (ending_.exchange(true))
    return;
  log(log_level::info, "stopping", {{"delay_ms", limits_.delay.count()}, {"timeout_ms", limits_.timeout.count()}});
  waiting_for("clients");
  const auto delay = exit_code == 0 ? limits_.delay : std::chrono::milliseconds{0};
  end_by(clock::now() + delay + limits_.timeout + grace);
  const auto stop_taking = [this] { this->stop_taking(); };
  const auto done = [this, exit_code] { ended_.set_value(exit_code); };
  if (exit_code == 0)
    shutdown_.begin(limits_, clients_, stop_taking, supervisor_, done);
  else
    shutdown_.begin_at_once(limits_, stop_taking, supervisor_, done);
}

void daemon_control::stop_taking() {
  shared_.stopping = true;
  doors_.close();
  caf::anon_send(supervisor_, stop_ingress{});
}

// -- the monitor's commands ---

// Set the state at once, so that a query that follows already sees it.
bool daemon_control::drain(std::chrono::seconds within, std::optional<std::chrono::seconds> notice, bool reconnect) {
  if (ending_)
    return false;
  shared_.leaving = true;
  asio::post(io_, [this, within = std::chrono::milliseconds{within}, notice, reconnect] {
    if (ending_)
      return;
    const auto usual = limits_.delay.count() > 0 ? limits_.delay : std::min(within / 3, longest_notice);
    const auto quiet = std::min(within, notice ? std::chrono::milliseconds{*notice} : usual);
    log(log_level::info, "draining", {{"notice_ms", quiet.count()}, {"within_ms", within.count()}});
    clients_.begin({.notice = quiet, .within = within - quiet, .reconnect = reconnect});
  });
  return true;
}

bool daemon_control::undrain() {
  if (ending_)
    return false;
  asio::post(io_, [this] {
    if (ending_)
      return;
    clients_.cancel();
    log(log_level::info, "taking clients again");
  });
  return true;
}

std::string_view daemon_control::state() const {
  if (ending_)
    return "stopping";
  if (shared_.draining)
    return "draining";
  return shared_.leaving ? "leaving" : "running";
}

}  // namespace ability
