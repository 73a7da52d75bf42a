/// Why other nodes do not let this one in.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace ability {

/// A cause that no further attempt mends. `none`: nothing stands against this node.
enum class refusal_cause : std::uint8_t { none, wrong_secret, certificates, wrong_version, name_taken, full };

/// As in logs and in `/health/ready`.
constexpr std::string_view name_of(refusal_cause which) noexcept {
  constexpr std::array<std::string_view, 6> names{"none",          "wrong_secret", "certificates",
                                                  "wrong_version", "name_taken",   "full"};
  return names[static_cast<std::size_t>(which)];
}

/// The cause behind the code of an attempt that has failed; `none` if the next one may fare better.
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
