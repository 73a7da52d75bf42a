/// How a process of the generator hands its report to the one that gathers them.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// The whole report on one line of JSON, without a newline; histograms by their buckets, so that nothing is lost but
/// bytes in texts that are not UTF-8. It is for the same version of the program, and no report for people: see
/// `report_json.hpp`.
std::string to_wire(const run_report& report);

/// What `to_wire` made. Error: what is wrong with the line.
boost::system::result<run_report, std::string> from_wire(std::string_view line);

}  // namespace ability::load
