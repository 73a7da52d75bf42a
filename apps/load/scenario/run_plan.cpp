#include "apps/load/scenario/run_plan.hpp"

#include <algorithm>
#include <utility>

namespace ability::load {

namespace {

void look_for(const std::vector<step>& steps, run_plan::group& into, std::vector<std::string>& meets) {
  for (const auto& each : steps) {
    if (std::holds_alternative<publish_step>(each.what))
      into.publishes = true;
    else if (const auto* expect = std::get_if<expect_step>(&each.what))
      into.wants_texts = into.wants_texts || !expect->text.empty();
    else if (const auto* meet = std::get_if<meet_step>(&each.what))
      meets.push_back(meet->name);
    else if (const auto* repeat = std::get_if<repeat_step>(&each.what))
      look_for(repeat->steps, into, meets);
  }
}

}  // namespace

run_plan::run_plan(scenario plan, std::uint32_t number) : what{std::move(plan)}, run{number} {
  for (const auto& each : what.clients) {
    auto& added = groups.emplace_back();
    std::vector<std::string> names;
    look_for(each.steps, added, names);
    added.first_client = clients;
    clients += each.count;
    if (added.publishes) {
      added.first_publisher = publishers;
      publishers += each.count;
    }
    for (const auto& name : names) {
      if (std::find(meets.begin(), meets.end(), name) == meets.end())
        meets.push_back(name);
      const auto index = meet_index(name);
      if (std::find(added.meets.begin(), added.meets.end(), index) == added.meets.end())
        added.meets.push_back(index);
    }
  }
}

std::size_t run_plan::meet_index(const std::string& name) const {
  return static_cast<std::size_t>(std::find(meets.begin(), meets.end(), name) - meets.begin());
}

}  // namespace ability::load
