#include "apps/load/run/generator_part.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <caf/send.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace ability::load {

generator_part::config::config() {
  // All actors are pinned to lanes. Work stealing would poll and cost CPU when idle.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
}

generator_part::generator_part(const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
                               const std::shared_ptr<const reachable_target>& where)
    : news_descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (news_descriptor_ < 0)
    throw std::system_error{errno, std::generic_category(), "no descriptor for the generator"};
  try {
    begin(plan, streams, share, lanes, where);
  } catch (...) {
    end();
    throw;
  }
}

generator_part::~generator_part() { end(); }

void generator_part::begin(const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
                           const std::shared_ptr<const reachable_target>& where) {
  conductor_setup setup{plan, streams, share, {}, {}, [this](part_news news) { tell(std::move(news)); }};
  for (std::size_t i = 0; i < lanes; ++i) {
    auto& here = *lanes_.emplace_back(std::make_unique<io_lane>(system_));
    auto& net = *networks_.emplace_back(std::make_unique<lane_network>(here, where, plan.run));
    auto& desk = *desks_.emplace_back(std::make_unique<lane_desk>(lane_desk{net, streams, plan}));
    setup.desks.push_back(&desk);
    setup.homes.push_back(&here);
  }
  conductor_ = spawn_conductor(system_, std::move(setup));
  for (auto& each : lanes_)
    begin_thread(*each);
}

void generator_part::begin_thread(io_lane& of) {
  try {
    threads_.emplace_back([&of] {
      ::pthread_setname_np(::pthread_self(), "load lane");
      of.run();
    });
  } catch (const std::system_error& fault) {
    throw std::runtime_error{"no more than " + std::to_string(threads_.size()) + " of its " +
                             std::to_string(lanes_.size()) + " threads can be started: " + fault.code().message() +
                             "; use fewer lanes (--lanes), or raise the limits (ulimit -u, ulimit -v)"};
  }
}

void generator_part::end() noexcept {
  // If the conductor has not ended, its actors never will: do not wait for them.
  system_.await_actors_before_shutdown(false);
  for (auto& each : lanes_)
    each->stop();
  for (auto& each : threads_)
    each.join();
  conductor_ = nullptr;
  for (auto& each : desks_)
    each->conductor = nullptr;
  ::close(news_descriptor_);
}

void generator_part::order(const part_order& what) { caf::anon_send(conductor_, what); }

void generator_part::tell(part_news news) {
  {
    std::scoped_lock guard{news_mutex_};
    news_.push_back(std::move(news));
  }
  const std::uint64_t one = 1;
  // Fails only if the counter is full; the descriptor is readable in that case, too.
  [[maybe_unused]] const auto written = ::write(news_descriptor_, &one, sizeof one);
}

std::vector<part_news> generator_part::take_news() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(news_descriptor_, &count, sizeof count);
  std::scoped_lock guard{news_mutex_};
  return std::exchange(news_, {});
}

}  // namespace ability::load
