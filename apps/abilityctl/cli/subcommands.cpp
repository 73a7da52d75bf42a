#include "apps/abilityctl/cli/subcommands.hpp"

#include <utility>

namespace ability {
namespace {

constexpr int misuse = 2;

}  // namespace

ctl_result wrong_usage(std::string sentence) { return {.exit_code = misuse, .out = {}, .err = std::move(sentence)}; }

std::string ended(std::string sentence) { return sentence.ends_with('?') ? sentence : std::move(sentence) + '.'; }

}  // namespace ability
