/// Runs a scenario against a fake server in virtual time.
#pragma once

#include <caf/send.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/load/report/report_facts.hpp"
#include "apps/load/run/conductor.hpp"
#include "apps/load/run/director.hpp"
#include "tests/apps_load/fake_network.hpp"
// last
#include "caf/test/dsl.hpp"

namespace ability::load {

class load_fixture : public test_coordinator_fixture<> {
public:
  static constexpr std::uint32_t run_number = 0xabc;

  fake_network net{run_number};
  scenario plan;
  std::size_t parts = 1;
  std::size_t lanes = 1;
  run_report report;
  std::int64_t began = 0;

  /// Adds a group to the plan.
  client_group& clients(const std::string& name, std::size_t count, std::vector<step> steps) {
    client_group& added = plan.clients.emplace_back();
    added.name = name;
    added.count = count;
    added.steps = std::move(steps);
    return added;
  }

  /// Runs the whole plan, for at most an hour of virtual time.
  void run() {
    begin();
    CAF_REQUIRE(go_until([this] { return directs->is_over(); }));
    report = std::move(directs->report());
    judge(report, plan);
    consume_messages();
    CAF_CHECK(net.links.empty());
  }

  void begin() {
    if (plan.streams.empty())
      plan.streams = {{"news", "news_{n}", 1}};
    numbered = std::make_unique<run_plan>(plan, run_number);
    streams = std::make_unique<stream_table>(plan.streams, plan.grace);
    for (std::size_t part = 0; part < parts; ++part) {
      conductor_setup setup{
          *numbered, *streams, {part, parts},
          {},        {},       [this, part](part_news news) {
                              told.emplace_back(part, std::move(news)); }};
      for (std::size_t i = 0; i < lanes; ++i) {
        setup.desks.push_back(
            desks.emplace_back(std::make_unique<lane_desk>(lane_desk{net, *streams, *numbered})).get());
        setup.homes.push_back(nullptr);
      }
      conductors.push_back(spawn_conductor(sys, std::move(setup)));
    }
    directs = std::make_unique<director>(*numbered, parts, [this](std::size_t part, const part_order& order) {
      // Encode and decode each order, as between processes.
      caf::anon_send(conductors[part], *order_from_wire(to_wire(order)));
    });
    consume_messages();
    began = net.time;
    directs->begin(net.time);
  }

  /// False if the condition was not reached.
  template <class Condition>
  bool go_until(Condition reached) {
    const auto end = net.time + std::int64_t{3'600'000} * ms;
    while (!reached() && net.time < end) {
      consume_messages();
      if (!told.empty()) {
        auto [part, news] = std::move(told.front());
        told.pop_front();
        directs->on_news(part, *news_from_wire(to_wire(news)), net.time);
        continue;
      }
      directs->on_time(net.time);
      consume_messages();
      if (told.empty() && !reached() && !net.step())
        return reached();
    }
    return reached();
  }
  bool go_to(std::int64_t at_ns) {
    return go_until([this, at_ns] { return net.time >= at_ns; });
  }

  std::uint64_t total(tally what) const { return count_of(report.total, what); }

  ~load_fixture() override {
    for (auto& each : desks)
      each->conductor = conductor_actor{};
    conductors.clear();
  }

  std::unique_ptr<run_plan> numbered;
  std::unique_ptr<stream_table> streams;
  std::vector<std::unique_ptr<lane_desk>> desks;
  std::vector<conductor_actor> conductors;
  std::unique_ptr<director> directs;
  std::deque<std::pair<std::size_t, part_news>> told;
};

// -- steps in short ---

inline step publishes(std::size_t times, double per_second = 0, std::size_t batch = 1, pick how = pick::own) {
  publish_step made;
  made.to = {0, how};
  made.at = {per_second};
  made.times = times;
  made.batch = batch;
  return {made};
}
inline step follows(pick how = pick::own) { return {subscribe_step{{0, how}, ""}}; }
inline step waits(int from_ms, int to_ms = 0) {
  return {wait_step{{milliseconds{from_ms}, milliseconds{to_ms == 0 ? from_ms : to_ms}}}};
}
inline step meets(const std::string& name) { return {meet_step{name}}; }

}  // namespace ability::load
