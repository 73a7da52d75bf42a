/// A load test at another scale.
#pragma once

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// `plan` with `factor` times as many clients, which begin and publish `factor` times as fast in total. Where the
/// number of clients cannot change as much, each is slower or faster. Each group keeps at least one client, and rates
/// of at least one per second do not fall below that.
///
/// Only assertions that could no longer hold change: with fewer clients a minimum above 1 becomes 1, with more
/// clients a maximum above 0 is removed. REQUIRES that `factor` is above 0 and at most 1,000.
scenario scaled(scenario plan, double factor);

}  // namespace ability::load
