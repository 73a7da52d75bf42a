#include "apps/load/run/run_setup.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

#include "apps/load/run/machine.hpp"

namespace ability::load {

namespace {

bool any_step(const std::vector<step>& steps, const auto& is_it) {
  return std::ranges::any_of(steps, [&](const step& each) {
    const auto* repeat = std::get_if<repeat_step>(&each.what);
    return is_it(each) || (repeat != nullptr && any_step(repeat->steps, is_it));
  });
}

bool connects(const client_group& group) {
  return any_step(group.steps, [](const step& each) { return std::holds_alternative<connect_step>(each.what); });
}

bool publishes(const client_group& group, publish_by by) {
  return any_step(group.steps, [by](const step& each) {
    const auto* publish = std::get_if<publish_step>(&each.what);
    return publish != nullptr && publish->by == by;
  });
}

bool has_fly(const reachable_target& where, bool udp) {
  return std::ranges::any_of(where.fly, [udp](const endpoint& each) { return (each.scheme == "udp") == udp; });
}

std::optional<std::string> missing_for(transport speaks, const reachable_target& where) {
  switch (speaks) {
    case transport::action_cable:
    case transport::action_cable_ext:
    case transport::fly_websocket:
    case transport::fly_websocket_ext:
      if (where.cable.empty())
        return "there is no WebSocket URL: give one with --url, as ws://127.0.0.1:8080/cable";
      break;
    case transport::fly_tcp:
    case transport::fly_tcp_ext:
      if (!has_fly(where, false))
        return "there is no URL for FlyRPC over TCP: give one with --fly-url, as tcp://127.0.0.1:5555";
      break;
    case transport::fly_udp:
    case transport::fly_udp_ext:
      if (!has_fly(where, true))
        return "there is no URL for FlyRPC over UDP: give one with --fly-url, as udp://127.0.0.1:5555";
      break;
  }
  return std::nullopt;
}

std::optional<std::string> missing_for(publish_by by, const reachable_target& where) {
  switch (by) {
    case publish_by::http:
      if (where.http.empty())
        return "there is no URL to publish to by HTTP: give one with --publish-url, or a WebSocket URL beside which "
               "there is /_broadcast";
      break;
    case publish_by::redis:
      if (!where.redis)
        return "there is no Redis to publish by: give its URL with --redis-url, as redis://127.0.0.1:6379";
      break;
    case publish_by::fly:
      if (where.fly.empty() && where.cable.empty())
        return "there is no URL for FlyRPC to publish by: give one with --fly-url, as tcp://127.0.0.1:5555";
      break;
  }
  return std::nullopt;
}

bool has_one_thread() {
  std::error_code none;
  return std::distance(std::filesystem::directory_iterator{"/proc/self/task", none}, {}) <= 1;
}

// Waits for joined threads, which the kernel still lists for a moment. True once one thread is left.
bool comes_to_one_thread() {
  static constexpr std::chrono::milliseconds pause{1};
  static constexpr int patience = 500;
  for (int i = 0; i < patience && !has_one_thread(); ++i)
    std::this_thread::sleep_for(pause);
  return has_one_thread();
}

}  // namespace

std::optional<std::string> missing_target(const run_plan& plan, const reachable_target& where) {
  for (const auto& group : plan.what.clients) {
    const auto tell = [&](const std::string& what) { return "Clients `" + group.name + "`: " + what + "."; };
    if (connects(group))
      if (const auto what = missing_for(group.speaks, where))
        return tell(*what);
    for (const auto by : {publish_by::http, publish_by::redis, publish_by::fly})
      if (publishes(group, by))
        if (const auto what = missing_for(by, where))
          return tell(*what);
  }
  return std::nullopt;
}

boost::system::result<run_size, std::string> size_of(const run_plan& plan, const run_options& options) {
  constexpr auto error = boost::system::in_place_error;
  static constexpr std::size_t own_descriptors = 128;  // libraries, sockets to processes, and open files
  static constexpr std::size_t lane_descriptors = 4;

  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const auto most_lanes = options.lanes != 0 ? options.lanes : std::max<std::size_t>(1, cores / 2);
  const auto other_descriptors = own_descriptors + lane_descriptors * most_lanes;
  const auto files = raise_open_files();
  const auto links = plan.clients + plan.publishers;
  if (files <= other_descriptors)
    return {error, "A process may have " + std::to_string(files) + " descriptors, and one of " +
                       std::to_string(most_lanes) + (most_lanes == 1 ? " lane" : " lanes") + " needs " +
                       std::to_string(other_descriptors) +
                       " before it has any connection. Raise the limit with `ulimit -n " +
                       std::to_string(links + other_descriptors) + "`, or use fewer lanes (--lanes)."};
  const auto for_links = files - other_descriptors;
  const auto needed = std::max<std::size_t>(1, (links + for_links - 1) / for_links);
  const auto remedy = " Raise the limit with `ulimit -n " + std::to_string(links + other_descriptors) + "`.";
  const auto has = "The scenario needs " + std::to_string(links) + " connections, and a process may have " +
                   std::to_string(files) + " descriptors";
  if (needed > most_processes)
    return {error, has + "." + remedy};
  if (options.processes != 0 && options.processes < needed)
    return {error, has + ": " + std::to_string(needed) + " processes are needed." + remedy};

  run_size size;
  size.processes = options.processes != 0 ? options.processes : needed;
  if (size.processes > most_processes)
    return {error, "A run has at most " + std::to_string(most_processes) + " processes."};
  if (size.processes > 1 && !comes_to_one_thread())
    return {error,
            has + ": more than one process is asked for or needed, which a program with threads cannot fork." + remedy};
  size.lanes = options.lanes != 0 ? options.lanes : std::max<std::size_t>(1, cores / 2 / size.processes);
  return size;
}

std::string describe_machine() {
  const auto cores = std::thread::hardware_concurrency();
  return processor_name() + ", " + std::to_string(cores) + (cores == 1 ? " core" : " cores");
}

}  // namespace ability::load
