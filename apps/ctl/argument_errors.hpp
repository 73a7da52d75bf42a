/// What is wrong with a command line, told without its values: any of them may be a secret.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace ability {

/// Why `app` did not take its arguments, as the begin of a sentence. Names the option, if it is one, and quotes a value
/// only if that is a number; what the user has typed instead of an option or a subcommand only if it looks like one.
std::string reason_of(const CLI::App& app, const CLI::ParseError& error);

/// A sentence about the word that stands in a subcommand's place and is none; empty: there is no such word.
std::string unknown_subcommand(const CLI::App& app);

}  // namespace ability
