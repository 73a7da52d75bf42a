/// The same load test, larger or smaller.
#pragma once

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// `plan` with `factor` times as many clients, which begin and publish `factor` times as fast, all together: where
/// there cannot be so many fewer or more of them, each is slower or faster. No group has less than one client, and no
/// rate that was at least one a second is less than that.
///
/// All else is as it was, save assertions, which could not hold any longer: with fewer clients a least number above 1
/// becomes 1, with more a most above 0 none. REQUIRES that `factor` is above 0 and at most 1,000.
scenario scaled(scenario plan, double factor);

}  // namespace ability::load
