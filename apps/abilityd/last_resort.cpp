#include "apps/abilityd/last_resort.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "actors/node/log.hpp"
#include "apps/abilityd/log_sink.hpp"

namespace ability {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds check_every{20};
constexpr std::chrono::milliseconds last_log_wait{200};

std::atomic<clock::rep> deadline{clock::time_point::max().time_since_epoch().count()};
std::atomic<const char*> stage{"the end"};
std::atomic<bool> in_order{false};
std::atomic<int> code{1};

[[noreturn]] void watch() {
  pthread_setname_np(pthread_self(), "last_resort");
  while (clock::now().time_since_epoch().count() < deadline.load())
    std::this_thread::sleep_for(check_every);
  if (!in_order.load())
    log(log_level::error, "the end took too long, ending at once", {{"waiting_for", stage.load()}});
  flush_log_at_last(last_log_wait);
  ::_exit(code.load());
}

void set_deadline(clock::time_point when) {
  static std::once_flag once;
  deadline.store(when.time_since_epoch().count());
  std::call_once(once, [] { std::thread{watch}.detach(); });
}

}  // namespace

void end_by(clock::time_point when) { set_deadline(when); }

void waiting_for(const char* what) noexcept { stage.store(what); }

void ended_well(int exit_code, std::chrono::milliseconds patience) {
  code.store(exit_code);
  in_order.store(true);
  set_deadline(clock::now() + patience);
}

}  // namespace ability
