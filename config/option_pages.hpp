// Printed forms of the options: --help, the file, and the table of docs/configuration.md.
#pragma once

#include <string>

#include "config/options.hpp"

namespace ability {

/// The page of `--help`, at most 110 columns wide.
std::string help_page();

/// `o` as a commented abilityd.toml.
///
/// A value that holds a secret is printed as a comment with `<hidden>` in its place. Such a file cannot pass as
/// complete: when it is read back, that option has its default.
std::string config_page(const options& o);

/// All options with their defaults as a Markdown table.
std::string options_table();

}  // namespace ability
