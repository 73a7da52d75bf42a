// The scenarios with an application.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

/// Rate of connecting with an application's consent, and the CPU cost per client.
void connect_storm(const bench_settings& settings, report& out);

/// Effect on broadcasts of an application that takes calls and never answers.
void hung_application(const bench_settings& settings, report& out);

}  // namespace ability::load
