// Certificates by which a monitoring program and a node know each other.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "apps/abilityctl/cli/node_address.hpp"

namespace ability {

/// PEM files. Either all are named or none; with none, TLS is not spoken.
struct tls_files {
  std::string certificate;
  std::string key;
  std::string authorities;
  std::string options = "--";  ///< what the options that name them begin with, before `cert`, `key` and `ca`

  std::string option_names() const { return options + "cert, " + options + "key and " + options + "ca"; }
  bool any() const noexcept { return !certificate.empty() || !key.empty() || !authorities.empty(); }
};

/// What is wrong with them: a clause that names the option and the file. CAF would end the process for it.
std::optional<std::string> fault_of(const tls_files& files);

/// Why a dial failed at once, which CAF does not tell: a clause, found by dialling again. Takes no more than `limit`
/// (and the look-up of a name, which CAF has just done).
std::string reason_of_failed_dial(const node_address& where, const tls_files& files, std::chrono::milliseconds limit);

}  // namespace ability
