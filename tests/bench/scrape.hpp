// What a daemon tells by HTTP.
#pragma once

#include <cstdint>
#include <string>

namespace ability::load {

/// Sum of all samples of a metric; -1 if there is none, or no daemon on the port.
double scrape(std::uint16_t port, const std::string& metric);

}  // namespace ability::load
