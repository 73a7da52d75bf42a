/// A report as an HTML page with plots.
#pragma once

#include <string>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// One self-contained HTML page (UTF-8): it can be opened as a file, mailed and archived. Texts of servers and
/// scenarios are escaped. Long runs are drawn in 600 steps at most.
std::string report_page(const run_report& report);

}  // namespace ability::load
