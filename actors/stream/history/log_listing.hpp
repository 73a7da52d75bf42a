/// Parts of a log for programs.
/// Source: docs/reliable-streams.md "The log by HTTP".
#pragma once

#include "actors/node/node.hpp"
#include "actors/stream/history/messages.hpp"
#include "actors/stream/history/stream_log.hpp"
#include "protocol/history/shared_log.hpp"

namespace ability {

/// `answered` if the log has all publications behind `from`; else the reason why it has not.
history_outcome outcome_of(const stream_log& log, const stream_position& from) noexcept;

/// Lists a part of the log: about a megabyte of data at most, or one publication. Counts the outcome.
history_page list_log(lane_home& home, const stream_log& log, const list_history& question);

/// The same of a part of a shared log, which was read for the question.
history_page list_log(lane_home& home, const log_content& part, const list_history& question);

/// Describes a shared log, of which the last publications were read.
history_facts facts_of(const log_content& part, const history_bounds& bounds);

/// The answer of a stream that keeps no log. Counts it.
history_page page_without_log(lane_home& home);

}  // namespace ability
