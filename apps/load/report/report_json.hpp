/// A report for programs: JSON with stable names.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// The report as an object. Units are part of the names: `_s`, `_ms`, `_us`, `_bytes`, `_per_s`. Unknown values are
/// null.
///
/// `format` ("ability-load-report"), `version` (1; names may be added, but none is removed or changes its meaning)
/// `scenario`, `about`, `target`, `began_at` (RFC 3339), `lasted_s`, `machine`, `processes`, `lanes`
/// `outcome`: passed, failed, generator_limited, interrupted; `exit_code`; `headline` and `notes`: sentences
/// `totals`: each tally by its name (`tally.hpp`); `bytes_received`
/// `latency_ms`: from the scheduled publication to the delivery (coordinated omission corrected): an object with
/// `count`, `mean`, `min`, `p50`, `p90`, `p99`, `p99_9`, `max`, all but `count` null without values. In the same
/// form: `unhurried_ms` (from the actual publication), `connect_ms`, `subscribe_ms`, `publish_ms` (until the answer),
/// `lateness_ms` (delay of publications), `lag_ms` (delay of the generator behind its own clock)
/// `busy`: from the first second with deliveries to the last: `from_s`, `to_s`, `delivered_per_s`; `published_per_s`
/// is for the time from the first second with publications to the last
/// `server`: `cpu_s`, `cpu_us_per_delivery` (in the busy time), `rss_before_bytes`, `rss_after_bytes`,
/// `rss_most_bytes`, `descriptors_before`, `descriptors_after`
/// `groups`: `name`, `protocol`, `clients`, `completed`, `troubles` (clients by trouble; a client with several
/// troubles counts in each)
/// `assertions`: `tally`, `min`, `max` (null: none), `actual`, `held`
/// `seconds`: `at_s` (its end), `connections`, `counted` (tallies in it), `latency_ms`, `lag_ms`, `generator_cores`,
/// `server` (`cpu_s` since it started, `rss_bytes`, `descriptors`)
///
/// `most_seconds`: limit of entries in `seconds`; beyond it, seconds are merged. 0: no limit.
nlohmann::ordered_json report_json(const run_report& report, std::size_t most_seconds = 0);

/// The same as text that ends with a newline. Bytes that are not UTF-8 become U+FFFD.
std::string report_json_text(const run_report& report);

}  // namespace ability::load
