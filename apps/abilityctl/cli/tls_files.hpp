// Certificates for the mutual authentication of a monitoring program and a node.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "apps/abilityctl/cli/node_address.hpp"

namespace ability {

/// PEM files. All are set or none; without them there is no TLS.
struct tls_files {
  std::string certificate;
  std::string key;
  std::string authorities;
  std::string options = "--";  ///< prefix of the options that set them, before `cert`, `key` and `ca`

  std::string option_names() const { return options + "cert, " + options + "key and " + options + "ca"; }
  bool any() const noexcept { return !certificate.empty() || !key.empty() || !authorities.empty(); }
};

/// An error in the files: a clause that names the option and the file. CAF would end the process at such an error.
std::optional<std::string> fault_of(const tls_files& files);

/// Reason why a dial failed at once: a clause. CAF does not report it, so this dials again. Takes `limit` at most,
/// plus the name look-up that CAF has just done.
std::string reason_of_failed_dial(const node_address& where, const tls_files& files, std::chrono::milliseconds limit);

}  // namespace ability
