#define CAF_SUITE run

#include "apps/load/run/run.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <caf/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "apps/load/report/report_facts.hpp"
#include "apps/load/report/report_wire.hpp"
#include "tests/apps_load/real_server.hpp"

using namespace ability::load;

namespace {

std::uint64_t total(const run_report& report, tally what) { return count_of(report.total, what); }

publish_step publishing(std::size_t times, double per_second) {
  publish_step made;
  made.at = {per_second};
  made.times = times;
  return made;
}

scenario fan_out(std::size_t followers, std::size_t times, double per_second) {
  scenario plan;
  plan.name = "fan-out";
  plan.streams = {{"news", "news", 1}};
  plan.clients.resize(2);
  plan.clients[0].name = "followers";
  plan.clients[0].count = followers;
  plan.clients[0].steps = {
      {connect_step{}}, {subscribe_step{{0, pick::own}, ""}}, {meet_step{"all"}}, {meet_step{"end"}}};
  plan.clients[1].name = "publisher";
  plan.clients[1].steps = {{meet_step{"all"}}, {publishing(times, per_second)}, {meet_step{"end"}}};
  plan.assertions = {{tally::lost, 0, 0}, {tally::failed_clients, 0, 0}};
  return plan;
}

// Processes forked by this one that have not executed another program.
std::vector<pid_t> workers() {
  std::ostringstream path;
  path << "/proc/self/task/" << ::getpid() << "/children";
  std::ifstream children{path.str()};
  std::vector<pid_t> all;
  for (pid_t each = 0; children >> each;) {
    std::ifstream file{"/proc/" + std::to_string(each) + "/comm"};
    std::string name;
    std::getline(file, name);
    if (name == "load_tests")
      all.push_back(each);
  }
  return all;
}

struct run_fixture {
  run_options options;
  std::atomic<bool> stop{false};

  run_options& at(const std::string& url) {
    options.where.cable = {url};
    options.stop = &stop;
    return options;
  }

  run_report result_of(const scenario& plan) const {
    auto result = run(plan, options);
    if (!result)
      CAF_FAIL("no run: " << result.error());
    return std::move(*result);
  }

  // Runs in a process of its own, since the test engine has a thread that watches over it.
  run_report result_from_fork_of(const scenario& plan) const {
    std::array<int, 2> ends{};
    CAF_REQUIRE_EQUAL(::pipe(ends.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const auto result = run(plan, options);
      const auto line = result ? to_wire(*result) : result.error();
      for (std::string_view rest = line; !rest.empty();)
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(0, ::write(ends[1], rest.data(), rest.size()))));
      ::_exit(workers().empty() ? 0 : 1);
    }
    ::close(ends[1]);
    std::string line;
    std::array<char, 65'536> chunk{};
    for (ssize_t size = 0; (size = ::read(ends[0], chunk.data(), chunk.size())) > 0;)
      line.append(chunk.data(), static_cast<std::size_t>(size));
    ::close(ends[0]);
    int status = -1;
    ::waitpid(child, &status, 0);
    CAF_CHECK_EQUAL(status, 0);  // the run left no process behind
    auto report = from_wire(line);
    if (!report)
      CAF_FAIL("no report: " << line);
    return std::move(*report);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(run_tests, run_fixture)

CAF_TEST(each of 200 followers gets each message once) {
  const real_server server;
  at(server.url());
  std::size_t seconds = 0;
  std::size_t looks = 0;
  options.on_second = [&](const run_report& so_far) { seconds = so_far.seconds.size(); };
  options.look_at_server = [&]() -> std::optional<server_sample> {
    ++looks;
    return server_sample{static_cast<double>(looks), 1'000, 10};
  };
  const auto report = result_of(fan_out(200, 150, 100));
  CAF_CHECK(report.ended != outcome::failed);
  CAF_CHECK_EQUAL(total(report, tally::connected), 200u);
  CAF_CHECK_EQUAL(total(report, tally::subscribed), 200u);
  CAF_CHECK_EQUAL(total(report, tally::published), 150u);
  CAF_CHECK_EQUAL(total(report, tally::delivered), 30'000u);
  CAF_CHECK_EQUAL(total(report, tally::lost) + total(report, tally::duplicates) + total(report, tally::out_of_order) +
                      total(report, tally::foreign) + total(report, tally::disconnects),
                  0u);
  CAF_CHECK_EQUAL(report.latency.count(), 30'000u);
  CAF_CHECK_GREATER(report.latency.min(), 0);
  CAF_CHECK_EQUAL(report.connect.count(), 200u);
  CAF_CHECK_EQUAL(report.processes, 1u);
  CAF_CHECK_EQUAL(report.target, server.url());
  CAF_CHECK_GREATER_OR_EQUAL(seconds, 1u);
  CAF_REQUIRE(report.server_before && report.server_after && report.seconds.front().server);
  CAF_CHECK_EQUAL(report.server_before->cpu_s, 1.0);
  CAF_CHECK_EQUAL(report.groups.at(0).completed, 200u);
  CAF_CHECK_GREATER(report.lag.count(), 50u);
  CAF_CHECK(!report.machine.empty());
}

CAF_TEST(a server that can be seen no more is noted) {
  const real_server server;
  at(server.url());
  std::size_t looks = 0;
  options.look_at_server = [&]() -> std::optional<server_sample> {
    return ++looks > 1 ? std::nullopt : std::optional{server_sample{1, 1'000, 10}};
  };
  const auto report = result_of(fan_out(1, 1, 0));
  const bool is_noted = std::ranges::any_of(
      report.notes, [](const std::string& each) { return each.find("could not be looked at") != std::string::npos; });
  CAF_CHECK(is_noted);
}

CAF_TEST(two processes do what one does) {
  const real_server server;
  at(server.url()).processes = 2;
  auto plan = fan_out(201, 100, 100);
  plan.clients[1].count = 3;
  const auto report = result_from_fork_of(plan);
  CAF_CHECK(report.ended != outcome::failed);
  CAF_CHECK_EQUAL(report.processes, 2u);
  CAF_CHECK_EQUAL(total(report, tally::connected), 201u);
  CAF_CHECK_EQUAL(total(report, tally::published), 300u);
  CAF_CHECK_EQUAL(total(report, tally::delivered), 60'300u);
  CAF_CHECK_EQUAL(total(report, tally::lost) + total(report, tally::duplicates), 0u);
  CAF_CHECK_EQUAL(report.groups.at(0).clients, 201u);
  CAF_CHECK_EQUAL(report.groups.at(0).completed, 201u);
  CAF_CHECK_EQUAL(report.groups.at(1).completed, 3u);
}

CAF_TEST(a server that dies midway is told by how many met it) {
  const real_server server;
  at(server.url());
  options.on_second = [&](const run_report&) { server.kill(); };
  const auto report = result_of(fan_out(50, 300, 100));
  CAF_CHECK(report.ended == outcome::failed);
  CAF_CHECK_EQUAL(exit_code(report.ended), 1);
  CAF_CHECK_EQUAL(total(report, tally::disconnects), 50u);
  CAF_CHECK_EQUAL(total(report, tally::failed_clients), 50u);
  CAF_CHECK_EQUAL(total(report, tally::published) + total(report, tally::refused), 300u);
  CAF_CHECK_GREATER(total(report, tally::refused), 0u);
  CAF_CHECK_GREATER(total(report, tally::delivered), 50u);
  CAF_CHECK_EQUAL(total(report, tally::lost), 0u);
  const auto& followers = report.groups.at(0);
  CAF_CHECK_EQUAL(followers.completed, 0u);
  std::uint64_t told = 0;
  for (const auto& [what, clients] : followers.troubles)
    told += clients;
  CAF_CHECK_EQUAL(told, 50u);
}

CAF_TEST(a server that lets nobody in is told by its answer) {
  const real_server server{{}};
  at(server.url());
  const auto report = result_of(fan_out(10, 1, 0));
  CAF_CHECK_EQUAL(total(report, tally::connect_failures), 10u);
  CAF_CHECK_EQUAL(total(report, tally::failed_clients), 10u);
  const auto& troubles = report.groups.at(0).troubles;
  CAF_REQUIRE_EQUAL(troubles.size(), 1u);
  CAF_CHECK_EQUAL(troubles.begin()->second, 10u);
  CAF_MESSAGE(troubles.begin()->first);
  CAF_CHECK(report.ended == outcome::failed);
}

CAF_TEST(no server at all is told so) {
  at("ws://127.0.0.1:" + std::to_string(free_port()) + "/cable");
  const auto report = result_of(fan_out(10, 5, 0));
  CAF_CHECK_EQUAL(total(report, tally::connect_failures), 10u);
  CAF_CHECK_EQUAL(total(report, tally::refused), 5u);
  CAF_CHECK_EQUAL(report.groups.at(0).troubles.count("connection refused"), 1u);
}

CAF_TEST(an interrupted run tells what there was) {
  const real_server server;
  at(server.url());
  options.on_second = [&](const run_report&) { stop = true; };
  const auto report = result_of(fan_out(20, 100'000, 100));
  CAF_CHECK(report.ended == outcome::interrupted);
  CAF_CHECK_EQUAL(exit_code(report.ended), 130);
  CAF_CHECK_LESS(report.lasted_s, 30.0);
  CAF_CHECK_GREATER(total(report, tally::delivered), 0u);
  CAF_CHECK_EQUAL(total(report, tally::failed_clients), 0u);
}

CAF_TEST(a process that dies is in the report and the others go on) {
  const real_server server;
  at(server.url()).processes = 3;
  bool killed = false;
  options.on_second = [&](const run_report&) {
    const auto all = workers();
    if (!std::exchange(killed, true) && !all.empty())
      ::kill(all.front(), SIGKILL);
  };
  const auto report = result_from_fork_of(fan_out(30, 200, 100));
  CAF_CHECK_EQUAL(report.groups.at(0).clients, 30u);
  CAF_CHECK_EQUAL(report.groups.at(0).completed, 20u);
  CAF_CHECK_EQUAL(total(report, tally::failed_clients), 10u);
  CAF_CHECK_EQUAL(report.groups.at(1).completed, 1u);
  const bool is_noted = std::ranges::any_of(report.notes, [](const std::string& each) {
    return each.find("process of the generator died") != std::string::npos;
  });
  CAF_CHECK(is_noted);
  CAF_CHECK(report.ended == outcome::generator_limited);
}

CAF_TEST(all that clients can speak gets all there is) {
  const auto fly = std::to_string(free_port());
  const real_server server{{"--public", "--fly-listen", "tcp://127.0.0.1:" + fly + ",udp://127.0.0.1:" + fly}};
  at(server.url()).where.fly = {"tcp://127.0.0.1:" + fly, "udp://127.0.0.1:" + fly};
  auto plan = fan_out(20, 50, 100);
  for (const auto speaks : {transport::fly_tcp, transport::fly_udp, transport::fly_websocket}) {
    auto group = plan.clients[0];
    group.name = name_of(speaks);
    group.speaks = speaks;
    plan.clients.push_back(group);
  }
  auto by_fly = plan.clients[1];
  by_fly.name = "fly publisher";
  auto publish = publishing(50, 100);
  publish.by = publish_by::fly;
  by_fly.steps[1] = {publish};
  plan.clients.push_back(by_fly);
  const auto report = result_of(plan);
  CAF_CHECK_EQUAL(total(report, tally::connected), 80u);
  CAF_CHECK_EQUAL(total(report, tally::published), 100u);
  CAF_CHECK_EQUAL(total(report, tally::delivered), 8'000u);
  CAF_CHECK_EQUAL(total(report, tally::lost) + total(report, tally::duplicates) + total(report, tally::out_of_order),
                  0u);
  CAF_CHECK_EQUAL(total(report, tally::failed_clients), 0u);
}

CAF_TEST(what cannot be run is said with its remedy) {
  const auto error_of = [this](const scenario& plan) {
    const auto result = run(plan, options);
    return result ? std::string{"no error"} : result.error();
  };
  at("http://127.0.0.1");
  CAF_CHECK(error_of(fan_out(1, 1, 0)).find("http://127.0.0.1") != std::string::npos);
  CAF_CHECK(error_of(fan_out(1, 1, 0)).ends_with("."));
  at("ws://127.0.0.1:1/cable");
  auto plan = fan_out(1, 1, 0);
  plan.clients[0].speaks = transport::fly_udp;
  CAF_CHECK(error_of(plan).find("give one with --fly-url, as udp://") != std::string::npos);
  plan = fan_out(1, 1, 0);
  auto by_redis = publishing(1, 0);
  by_redis.by = publish_by::redis;
  plan.clients[1].steps[1] = {by_redis};
  CAF_CHECK(error_of(plan).find("--redis-url") != std::string::npos);
  CAF_CHECK(error_of(fan_out(1'000'000'000, 1, 0)).find("ulimit -n") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
