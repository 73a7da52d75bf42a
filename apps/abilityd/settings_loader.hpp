/// Reload of a running daemon's configuration: command line, environment and file.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "apps/abilityd/daemon.hpp"
#include "config/options.hpp"

namespace ability {

/// `arguments` outlive this; `settings_of` throws std::exception for unusable options.
class settings_loader final : public settings_source {
public:
  settings_loader(std::span<const char* const> arguments, options in_force,
                  daemon_settings (*settings_of)(const options&));

  boost::system::result<reloaded_settings, std::string> load_again() override;
  void in_force() override;

private:
  using digests = std::map<std::string, std::size_t>;  // of an option's files, by its name

  static digests digests_of(const options& given);

  std::span<const char* const> arguments_;
  daemon_settings (*settings_of_)(const options&);
  options in_force_;
  digests files_in_force_;
  options loaded_;
  digests files_loaded_;
};

}  // namespace ability
