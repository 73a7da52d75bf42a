/// What is wrong with a command line, told without its values: any of them may be a secret.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace ability {

/// Why `app` did not take its arguments, as the begin of a sentence. Names the option, if it is one, and quotes a value
/// only if that is a number; what the user has typed instead of an option or a subcommand only if it looks like one.
std::string reason_of(const CLI::App& app, const CLI::ParseError& error);

/// Takes a decimal number from `lowest` to `highest`, which `--help` shows; `unit` is a plural, or empty. Of what is no
/// number the complaint quotes only what some programs take for one: nothing, nan and inf.
CLI::Validator number_within(double lowest, double highest, const std::string& unit);

/// The same for numbers without a fraction.
CLI::Validator whole_within(std::int64_t lowest, std::int64_t highest, const std::string& unit);

/// A sentence about the word that stands in a subcommand's place and is none; empty: there is no such word.
std::string unknown_subcommand(const CLI::App& app);

}  // namespace ability
