#include "config/unknown_variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "config/anycable_names.hpp"
#include "config/nearest_name.hpp"
#include "config/option.hpp"

namespace ability {

std::vector<std::string> unknown_variables(std::span<const std::string> names) {
  std::vector<std::string> known;
  for (const auto& group : all_options())
    for (const auto& each : group.members)
      for (auto& name : each.environment())
        known.push_back(std::move(name));
  for (const auto& each : anycable_names())
    for (auto& name : each.environment())
      known.push_back(std::move(name));
  std::vector<std::string> unknown;
  for (const auto& name : names) {
    if ((!name.starts_with("ABILITY_") && !name.starts_with("ANYCABLE_")) ||
        std::ranges::find(known, name) != known.end())
      continue;
    if (const auto meant = did_you_mean(name, known); !meant.empty())
      unknown.push_back(name + meant);
  }
  return unknown;
}

std::vector<std::string> process_variables() {
  std::vector<std::string> names;
  for (auto** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view whole{*each};
    names.emplace_back(whole.substr(0, whole.find('=')));
  }
  return names;
}

}  // namespace ability
