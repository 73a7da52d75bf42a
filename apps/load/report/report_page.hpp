/// A report as a page with plots.
#pragma once

#include <string>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// One HTML page (UTF-8) that needs nothing else: it can be opened as a file, sent by mail, kept. Nothing that a server
/// or a scenario said is more than text in it. Long runs are drawn in 600 steps at most.
std::string report_page(const run_report& report);

}  // namespace ability::load
