// Labels: threads
#define CAF_SUITE monitor_on_lanes
// The monitor as it runs in the daemon: on a lane of its own, while others work.
#include <algorithm>
#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ranges>
#include <thread>

#include "tests/actors/support/thread_lane.hpp"

#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

// The tunnel connection of a program that reads everything.
class open_connection final : public peer_connection {
public:
  const std::string& peer() const override { return peer_; }
  std::uint64_t bytes_sent() const override { return sent_ += 10'000'000; }
  void message_handled() override {}
  bool admit() override { return true; }
  void close(std::string_view) override { ++closed; }

  std::atomic<int> closed{0};

private:
  mutable std::uint64_t sent_ = 0;
  std::string peer_ = "127.0.0.1:9";
};

struct with_system {
  with_system() {
    config.set("scheduler.policy", caf::atom("sharing"));
    config.set("scheduler.max-threads", std::size_t{1});
  }
  caf::actor_system_config config;
};

struct fixture : with_system {
  caf::actor_system system{config};
  node here{system, open_to_all(), virtual_time(system)};
  std::vector<std::unique_ptr<thread_lane>> threads;
  std::unique_ptr<lane_home> home;
  fake_control control;

  fixture() {
    for (auto i = 0; i < 2; ++i) {
      threads.push_back(std::make_unique<thread_lane>(system));
      here.lanes.push_back(std::make_unique<lane_home>(here, threads.back().get()));
    }
    threads.push_back(std::make_unique<thread_lane>(system));
    home = std::make_unique<lane_home>(here, threads.back().get());
    start_records(here);
    here.monitor = spawn_monitor(*home, control);
    for (const auto& each : threads)
      each->start();
  }

  void end() {
    caf::anon_send_exit(here.monitor, caf::exit_reason::user_shutdown);
    for (const auto& each : here.lanes) {
      caf::anon_send(each->registry, disconnect_all{"server_restart", true});
      caf::anon_send_exit(each->directory, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(each->registry, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(each->sessions, caf::exit_reason::user_shutdown);
    }
    CAF_CHECK(eventually([&] { return system.registry().running() == 1; }));  // the test itself
    for (const auto& each : threads)
      each->stop();
  }

  connection_actor come(const std::string& sid, std::size_t lane) {
    auto box = std::make_shared<fake_session>();
    auto actor = spawn_connection(*here.lanes[lane], box, sid);
    caf::anon_send(actor, handshake());
    return actor;
  }
};

// Ignores its feeds, so that a busy machine does not make it too slow a watcher.
caf::behavior counting_program(caf::event_based_actor* self, const monitor_session_actor& session,
                               const std::shared_ptr<std::atomic<int>>& feeds) {
  self->request(session, caf::infinite, std::string{"watch"},
                std::string{R"({"interval_ms":100,"events":["disconnected","gap"]})"})
      .then([](const std::string&) {}, [](const caf::error&) {});
  return {[feeds](const std::string&, const std::string&) { ++*feeds; }};
}

json ask(caf::scoped_actor& self, const monitor_session_actor& session, const std::string& verb,
         const json& arguments) {
  json answer;
  self->request(session, 20s, verb, arguments.dump())
      .receive([&](const std::string& text) { answer = json::parse(text); },
               [&](const caf::error& why) { CAF_FAIL("no answer to " << verb << ": " << self->system().render(why)); });
  return answer;
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_on_lanes_tests, fixture)

CAF_TEST(pages are whole while other lanes let clients in and out) {
  // The connections that stay; others come and go.
  std::vector<connection_actor> stay;
  for (auto i = 0; i < 400; ++i)
    stay.push_back(come("k" + std::to_string(1'000 + i), static_cast<std::size_t>(i) % 2));
  CAF_REQUIRE(eventually([&] { return open_connections(here) == 400; }));
  std::atomic<bool> over{false};
  std::jthread crowd{[&] {
    for (std::size_t i = 0; !over; ++i) {
      auto actor = come("k1" + std::to_string(i % 1'000) + "x", i % 2);
      caf::anon_send(actor, client_said{{command_type::subscribe, identifier_of(i % 3 == 0 ? "a" : "b")}});
      if (i % 5 == 0)
        caf::anon_send_exit(actor, caf::exit_reason::kill);
      else
        caf::anon_send(actor, client_gone{});
      while (system.registry().running() > 1'000 && !over)
        std::this_thread::yield();
    }
  }};
  {
    caf::scoped_actor self{system};
    const auto way = std::make_shared<open_connection>();
    const auto session = spawn_monitor_session(*home, way);
    const auto watching = std::make_shared<open_connection>();
    const auto feeds = std::make_shared<std::atomic<int>>(0);
    const auto program = system.spawn<caf::detached>(  // not on the lane of the sender
        counting_program, spawn_monitor_session(*home, watching), feeds);
    for (auto round = 0; round < 4; ++round) {
      texts seen;
      json arguments{{"limit", 50}};
      if (round % 2 != 0)
        arguments["filter"] = "k1";
      for (;;) {
        const auto page = ask(self, session, "connections", arguments);
        CAF_REQUIRE(page.contains("connections"));
        for (const auto& line : page["connections"])
          seen.push_back(line["id"]);
        if (page["next"].is_null())
          break;
        arguments["after"] = page["next"];
      }
      CAF_CHECK(std::ranges::is_sorted(seen));
      const auto is_seen = [&](int i) { return std::ranges::binary_search(seen, "k" + std::to_string(i)); };
      const auto found = static_cast<std::size_t>(std::ranges::count_if(std::views::iota(1'000, 1'400), is_seen));
      CAF_CHECK_EQUAL(found, 400u);
      CAF_CHECK(ask(self, session, "streams", json::object()).contains("streams"));
      CAF_CHECK(ask(self, session, "stream", {{"name", "a"}}).is_object());
    }
    CAF_CHECK(eventually([&] { return *feeds > 0; }));
    CAF_CHECK_EQUAL(way->closed.load(), 0);
    over = true;
    crowd.join();
    caf::anon_send_exit(program, caf::exit_reason::user_shutdown);
    end();
    CAF_CHECK_EQUAL(way->closed.load(), 1);
    CAF_CHECK_EQUAL(watching->closed.load(), 1);
  }
  CAF_CHECK_EQUAL(open_connections(here), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
