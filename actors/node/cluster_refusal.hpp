/// Causes for which other nodes refuse this one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace ability {

/// A cause that no further attempt resolves. `none`: this node is not refused for such a cause.
enum class refusal_cause : std::uint8_t { none, wrong_secret, certificates, wrong_version, name_taken, full };

/// Returns the name used in logs and in `/health/ready`.
constexpr std::string_view name_of(refusal_cause which) noexcept {
  constexpr std::array<std::string_view, 6> names{"none",          "wrong_secret", "certificates",
                                                  "wrong_version", "name_taken",   "full"};
  return names[static_cast<std::size_t>(which)];
}

/// Returns the cause behind the code of a failed attempt; `none` if the next attempt may succeed.
constexpr refusal_cause cause_of(std::string_view code) noexcept {
  struct entry {
    std::string_view code;
    refusal_cause cause;
  };
  constexpr std::array<entry, 6> causes{{{"wrong_secret", refusal_cause::wrong_secret},
                                         {"tls_failed", refusal_cause::certificates},
                                         {"tls_required", refusal_cause::certificates},
                                         {"wrong_version", refusal_cause::wrong_version},
                                         {"name_taken", refusal_cause::name_taken},
                                         {"full", refusal_cause::full}}};
  const auto* const found = std::ranges::find(causes, code, &entry::code);
  return found == causes.end() ? refusal_cause::none : found->cause;
}

}  // namespace ability
