/// Errors of a command line, reported without its values: any of them may be a secret.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace ability {

/// The reason why `app` refused its arguments, as the beginning of a sentence. Names the option, if it is one. Quotes
/// a value only if it is a number, and a word in place of an option or subcommand only if it looks like one.
std::string reason_of(const CLI::App& app, const CLI::ParseError& error);

/// Accepts a decimal number from `lowest` to `highest`, which `--help` shows; `unit` is a plural, or empty. Of other
/// texts the error quotes only nan, inf and the empty one, which some programs accept as numbers.
CLI::Validator number_within(double lowest, double highest, const std::string& unit);

/// Accepts a whole number from `lowest` to `highest`, likewise.
CLI::Validator whole_within(std::int64_t lowest, std::int64_t highest, const std::string& unit);

/// A sentence about an unknown word in a subcommand's place; empty if there is none.
std::string unknown_subcommand(const CLI::App& app);

}  // namespace ability
