#include "config/unknown_variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "config/anycable_names.hpp"
#include "config/nearest_name.hpp"
#include "config/option.hpp"
#include "config/parse_options.hpp"

namespace ability {
namespace {

// An argument that no variable can set, although one may expect it.
struct only_argument {
  std::string_view variable;  // without its prefix
  std::string_view flag;
};

constexpr std::array only_arguments{only_argument{"IGNORE_CONFIG_PATH", "--ignore-config-path"},
                                    only_argument{"PRINT_CONFIG", "--print-config"}};

}  // namespace

std::vector<std::string> unknown_variables(std::span<const std::string> names) {
  std::vector<std::string> known{config_path_variables.begin(), config_path_variables.end()};
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
    const auto* const argument =
        std::ranges::find(only_arguments, std::string_view{name}.substr(name.find('_') + 1), &only_argument::variable);
    if (argument != only_arguments.end())
      unknown.push_back(name + " (only an argument: " + std::string{argument->flag} + ")");
    else if (const auto meant = did_you_mean(name, known); !meant.empty())
      unknown.push_back(name + meant);
  }
  return unknown;
}

bool is_variable_of_service(std::string_view name, std::string_view value) {
  const bool is_address = value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
  // Matches _PORT_80_TCP and names that begin with it.
  const auto port = name.find("_PORT_");
  const auto number = port == std::string_view::npos ? std::string_view{} : name.substr(port + 6);
  const auto behind = number.substr(std::min(number.find_first_not_of("0123456789"), number.size()));
  const bool is_of_port = behind.size() < number.size() &&
                          (behind.starts_with("_TCP") || behind.starts_with("_UDP") || behind.starts_with("_SCTP"));
  return (is_address && name.ends_with("_PORT")) || is_of_port || name.ends_with("_SERVICE_HOST") ||
         name.ends_with("_SERVICE_PORT") || name.find("_SERVICE_PORT_") != std::string_view::npos;
}

std::vector<std::string> process_variables() {
  std::vector<std::string> names;
  for (auto** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view whole{*each};
    const auto name = whole.substr(0, whole.find('='));
    if (!is_variable_of_service(name, whole.substr(std::min(name.size() + 1, whole.size()))))
      names.emplace_back(name);
  }
  return names;
}

}  // namespace ability
