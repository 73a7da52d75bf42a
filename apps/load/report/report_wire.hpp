/// Transfer of a report from a generator process to the process that merges reports.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// The whole report as one line of JSON without a newline. Histograms are sent by their buckets, so only bytes that
/// are not UTF-8 are lost. Only the same version of the program reads it; `report_json.hpp` is the public form.
std::string to_wire(const run_report& report);

/// Parses the output of `to_wire`. Error: the fault of the line.
boost::system::result<run_report, std::string> from_wire(std::string_view line);

}  // namespace ability::load
