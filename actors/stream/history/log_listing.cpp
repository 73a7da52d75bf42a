#include "actors/stream/history/log_listing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "protocol/history/history_listing.hpp"

namespace ability {

namespace {

// Bytes of data in one page. One publication may be larger.
constexpr std::size_t max_page = std::size_t{1} << 20;

// Offsets of the publications of a page.
struct page_range {
  std::uint64_t first;
  std::uint64_t behind;  // the last one, by one
};

page_range first_behind(const stream_log& log, std::uint64_t offset, std::size_t limit) {
  page_range page{offset + 1, offset + 1};
  for (std::size_t bytes = 0; page.behind <= log.at().offset && page.behind - page.first < limit; ++page.behind) {
    bytes += log.data_size(page.behind);
    if (bytes > max_page && page.behind > page.first)
      break;
  }
  return page;
}

page_range last_of(const stream_log& log, std::size_t limit) {
  page_range page{log.at().offset + 1, log.at().offset + 1};
  for (std::size_t bytes = 0; page.first > log.first() && page.behind - page.first < limit; --page.first) {
    bytes += log.data_size(page.first - 1);
    if (bytes > max_page && page.behind > page.first)
      break;
  }
  return page;
}

// Offset of the oldest publication that is kept. Redis may still have some that are too old.
std::uint64_t first_of(const log_content& part) {
  return part.entries.empty() ? part.first : std::min(part.first, part.entries.front().offset);
}

history_outcome outcome_in(const log_content& part, const stream_position& from) {
  const bool is_of_ancestor = std::ranges::any_of(
      part.ancestors, [&](const log_ancestor& each) { return each.epoch == from.epoch && from.offset <= each.last; });
  if (from.epoch != part.at.epoch && !is_of_ancestor)
    return history_outcome::other_epoch;
  if (from.offset > part.at.offset)
    return history_outcome::ahead;
  const auto next = part.entries.empty() ? part.at.offset + 1 : part.entries.front().offset;
  return next == from.offset + 1 ? history_outcome::answered : history_outcome::too_old;
}

history_page counted(lane_home& home, history_page page) {
  home.counters.history_answers[static_cast<std::size_t>(page.outcome)].add();
  return page;
}

}  // namespace

history_outcome outcome_of(const stream_log& log, const stream_position& from) noexcept {
  if (from.epoch != log.at().epoch)
    return history_outcome::other_epoch;
  if (from.offset > log.at().offset)
    return history_outcome::ahead;
  return log.reaches_back_to(from.offset) ? history_outcome::answered : history_outcome::too_old;
}

history_page list_log(lane_home& home, const stream_log& log, const list_history& question) {
  if (question.since)
    if (const auto outcome = outcome_of(log, *question.since); outcome != history_outcome::answered)
      return counted(home, {outcome});
  const auto page =
      question.since ? first_behind(log, question.since->offset, question.limit) : last_of(log, question.limit);
  history_listing listing{log.at(), log.first()};
  broadcast message;
  for (auto offset = page.first; offset < page.behind; ++offset) {
    log.read(offset, message);
    listing.add(offset, log.time_of(offset), message);
  }
  return counted(home, {history_outcome::answered, std::make_shared<const std::string>(std::move(listing).finish())});
}

history_page list_log(lane_home& home, const log_content& part, const list_history& question) {
  if (question.since)
    if (const auto outcome = outcome_in(part, *question.since); outcome != history_outcome::answered)
      return counted(home, {outcome});
  history_listing listing{part.at, first_of(part)};
  for (const auto& each : part.entries)
    listing.add(each.offset, each.time, each.message);
  return counted(home, {history_outcome::answered, std::make_shared<const std::string>(std::move(listing).finish())});
}

history_facts facts_of(const log_content& part, const history_bounds& bounds) {
  history_facts facts{.found = true, .at = part.at, .bounds = bounds, .last = {}, .is_shared = true};
  facts.kept = part.at.offset + 1 - first_of(part);
  for (const auto& each : part.entries)
    facts.last.push_back({each.offset, each.time, each.message.data.size()});
  return facts;
}

history_page page_without_log(lane_home& home) { return counted(home, {history_outcome::no_log}); }

}  // namespace ability
