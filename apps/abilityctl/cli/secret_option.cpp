#include "apps/abilityctl/cli/secret_option.hpp"

#include <cstdlib>
#include <utility>

namespace ability {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

secret_option::secret_option(CLI::App& command, std::vector<std::string> variables) : variables_{std::move(variables)} {
  command
      .add_option("--secret", given_,
                  "The secret that abilityd has too. Other users of the machine can see it here; better set one of " +
                      joined(variables_) + " (the first that is set counts)")
      ->type_name("TEXT");
}

std::string secret_option::value() const {
  if (!given_.empty())
    return given_;
  for (const auto& name : variables_) {
    const auto* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0')
      return value;
  }
  return {};
}

std::string secret_option::missing() const {
  return "there is no secret; set " + variables_.front() + " or give --secret.";
}

}  // namespace ability
