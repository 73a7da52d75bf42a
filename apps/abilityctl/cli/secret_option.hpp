// The option `--secret` of a subcommand.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ability {

/// Value of `--secret`, else of the first environment variable that is set and not empty.
class secret_option {
public:
  secret_option(CLI::App& command, std::vector<std::string> variables);
  secret_option(const secret_option&) = delete;
  secret_option& operator=(const secret_option&) = delete;

  /// The secret, after parsing; empty if there is none.
  std::string value() const;

  /// The error for a missing secret, as a sentence.
  std::string missing() const;

private:
  std::string given_;
  std::vector<std::string> variables_;
};

}  // namespace ability
