/// A report for programs: JSON with names that stay.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// The report as an object. Units stand in the names: `_s`, `_ms`, `_us`, `_bytes`, `_per_s`. What is not known is
/// null.
///
/// `format` ("ability-load-report"), `version` (1; names may come, none goes or changes its sense under the same one)
/// `scenario`, `about`, `target`, `began_at` (RFC 3339), `lasted_s`, `machine`, `processes`, `lanes`
/// `outcome`: passed, failed, generator_limited, interrupted; `exit_code`; `headline` and `notes`: sentences
/// `totals`: each tally by its name (`tally.hpp`); `bytes_received`
/// `latency_ms`: of a delivery, from when it was to be published (coordinated omission corrected): an object with
/// `count`, `mean`, `min`, `p50`, `p90`, `p99`, `p99_9`, `max`, all but `count` null if nothing was measured; in the
/// same form `unhurried_ms` (from when it was really sent), `connect_ms`, `subscribe_ms`, `publish_ms` (until it was
/// answered), `lateness_ms` (how late publications went out), `lag_ms` (of the generator behind its own clock)
/// `busy`: from the first second with deliveries to the last: `from_s`, `to_s`, `delivered_per_s`; `published_per_s` is
/// of the time from the first second with publications to the last
/// `server`: `cpu_s`, `cpu_us_per_delivery` (in the busy time), `rss_before_bytes`, `rss_after_bytes`,
/// `rss_most_bytes`, `descriptors_before`, `descriptors_after`
/// `groups`: `name`, `protocol`, `clients`, `completed`, `troubles` (what was met → how many clients; one that met
/// several things is in each)
/// `assertions`: `tally`, `min`, `max` (null: none), `actual`, `held`
/// `seconds`: `at_s` (the end of it), `connections`, `counted` (tallies in it), `latency_ms`, `lag_ms`,
/// `generator_cores`, `server` (`cpu_s` since it started, `rss_bytes`, `descriptors`)
///
/// `most_seconds`: if there are more, several are told as one; 0: all of them.
nlohmann::ordered_json report_json(const run_report& report, std::size_t most_seconds = 0);

/// The same as text, with a newline at the end. Bytes that are not UTF-8 come out as U+FFFD.
std::string report_json_text(const run_report& report);

}  // namespace ability::load
