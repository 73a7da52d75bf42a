// The arguments and the figures of `redis-benchmark`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ability::load {

/// The words of a command in RESP. Throws if it is not exactly one command.
std::vector<std::string> words_of_command(std::string_view resp);

/// Requests per second, in the output of `redis-benchmark --csv` for one command; none: it has none, as a request
/// failed. The command stands in it as it is, quotation marks and commas included.
std::optional<double> requests_per_second(std::string_view csv);

}  // namespace ability::load
