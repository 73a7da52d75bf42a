// The scenarios with an application.
#pragma once

#include "tests/bench/scenarios.hpp"

namespace ability::load {

/// How fast clients come in that the application has to let in, and what each costs.
void connect_storm(const bench_settings& settings, report& out);

/// What broadcasts feel of an application that takes calls and never answers.
void hung_application(const bench_settings& settings, report& out);

}  // namespace ability::load
