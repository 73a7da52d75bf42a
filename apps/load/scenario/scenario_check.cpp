#include "apps/load/scenario/scenario_check.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "apps/load/scenario/scenario_json.hpp"
#include "apps/load/scenario/scenario_streams.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

namespace ability::load {
namespace {

constexpr std::size_t max_subscriptions = std::numeric_limits<std::uint16_t>::max();
// Each level of nesting doubles the time of the check.
constexpr std::size_t max_repetitions = 8;

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};
// Required by clang 14.
template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

/// Checks the steps of one group in the order of its clients. Throws `scenario_error`.
class step_check {
public:
  /// `meetings`: number of clients at each meeting.
  step_check(const scenario& plan, const client_group& group, const std::map<std::string, std::size_t>& meetings)
      : plan_{plan}, group_{group}, meetings_{meetings} {}

  void all(const std::vector<step>& steps, const std::string& path) {
    for (std::size_t i = 0; i < steps.size(); ++i)
      one(steps[i], item_path(path, i));
  }

private:
  void one(const step& step, const std::string& path) {
    std::visit(overloaded{[&](const connect_step&) {
                            if (connected_)
                              throw scenario_error{path + ".connect", "comes while the client is connected already"};
                            connected_ = true;
                          },
                          [&](const subscribe_step& what) { subscribe(what, path + ".subscribe"); },
                          [&](const perform_step&) { perform(path + ".perform"); }, [](const publish_step&) {},
                          [&](const expect_step&) { need_connection(path + ".expect"); }, [](const wait_step&) {},
                          [&](const meet_step& what) { meet(what, path + ".meet"); },
                          [&](const stall_step&) { need_connection(path + ".stall"); },
                          [&](const disconnect_step&) {
                            need_connection(path + ".disconnect");
                            connected_ = false;
                            subscribed_ = false;
                          },
                          [&](const reconnect_step&) { need_connection(path + ".reconnect"); },
                          [&](const repeat_step& what) { repeat(what, path + ".repeat"); }},
               step.what);
  }

  void need_connection(const std::string& path) const {
    if (!connected_)
      throw scenario_error{path, R"(needs a connection: {"connect": {}} must come before it)"};
  }

  void need_action_cable(const std::string& path, const char* what) const {
    if (!is_action_cable(group_.speaks))
      throw scenario_error{path, std::string{what} + " of an application, but these clients speak " +
                                     name_of(group_.speaks) + ", which has none"};
  }

  void subscribe(const subscribe_step& what, const std::string& path) {
    need_connection(path);
    if (!what.channel.empty())
      need_action_cable(path + ".channel", "names a channel");
    const auto streams = plan_.streams[what.to.set].count;
    if (what.to.how == pick::each && streams > max_subscriptions)
      throw scenario_error{path + ".pick", "takes " + std::to_string(streams) +
                                               " streams, but a connection has room for " +
                                               std::to_string(max_subscriptions)};
    subscribed_ = true;
  }

  void perform(const std::string& path) const {
    need_connection(path);
    need_action_cable(path, "needs a channel");
    if (!subscribed_)
      throw scenario_error{path, "needs a subscription: a subscribe must come before it"};
  }

  void meet(const meet_step& what, const std::string& path) const {
    if (repeated_ > 0)
      throw scenario_error{path, "stands in a repetition, but clients meet once"};
    if (meetings_.at(what.name) < 2)
      throw scenario_error{path, "is a meeting of one client: nobody else has a meet " + excerpt(what.name)};
  }

  void repeat(const repeat_step& what, const std::string& path) {
    if (repeated_ == max_repetitions)
      throw scenario_error{path, "stands in " + std::to_string(max_repetitions) + " repetitions already"};
    if (what.lasting && !takes_time(what.steps))
      throw scenario_error{path, "would go round in no time: a wait is missing"};
    ++repeated_;
    const auto before = std::pair{connected_, subscribed_};
    all(what.steps, path + ".steps");
    // The second round may begin in another state; all further rounds are like the second.
    if (before != std::pair{connected_, subscribed_} && what.times != 1)
      all(what.steps, path + ".steps");
    --repeated_;
  }

  static bool takes_time(const std::vector<step>& steps) {
    return std::ranges::any_of(steps, [](const step& each) {
      return std::visit(overloaded{[](const wait_step& what) { return what.lasting.to.count() > 0; },
                                   [](const stall_step& what) { return what.lasting.has_value(); },
                                   [](const repeat_step& what) { return what.lasting || takes_time(what.steps); },
                                   [](const meet_step&) { return false; }, [](const perform_step&) { return false; },
                                   [](const disconnect_step&) { return false; }, [](const auto&) { return true; }},
                        each.what);
    });
  }

  const scenario& plan_;
  const client_group& group_;
  const std::map<std::string, std::size_t>& meetings_;
  bool connected_ = false;
  bool subscribed_ = false;
  std::size_t repeated_ = 0;
};

/// Adds the clients of a group to their meetings.
void count_meetings(const client_group& group, std::map<std::string, std::size_t>& meetings) {
  std::map<std::string, std::size_t> own;
  for (const auto& each : group.steps)
    if (const auto* meet = std::get_if<meet_step>(&each.what))
      own[meet->name] = group.count;
  for (const auto& [name, count] : own)
    meetings[name] += count;
}

}  // namespace

std::optional<scenario_error> check(const scenario& plan) {
  if (auto wrong = check_streams(plan.streams))
    return wrong;
  std::map<std::string, std::size_t> meetings;
  std::map<std::string, std::size_t> groups;
  for (std::size_t i = 0; i < plan.clients.size(); ++i) {
    const auto& group = plan.clients[i];
    if (const auto [other, is_new] = groups.emplace(group.name, i); !is_new)
      return scenario_error{item_path("clients", i) + ".name",
                            "is that of " + item_path("clients", other->second) + ", too"};
    count_meetings(group, meetings);
  }
  try {
    for (std::size_t i = 0; i < plan.clients.size(); ++i)
      step_check{plan, plan.clients[i], meetings}.all(plan.clients[i].steps, item_path("clients", i) + ".steps");
  } catch (const scenario_error& wrong) {
    return wrong;
  }
  return std::nullopt;
}

}  // namespace ability::load
