/// The machine that a load test runs on.
#pragma once

#include <cstddef>
#include <string>

namespace ability::load {

/// The kernel's name of it, `AMD EPYC 7B13`, or `unknown processor`.
std::string processor_name();

/// Raises the soft limit of open files to the hard one. Returns the new limit.
std::size_t raise_open_files();

}  // namespace ability::load
