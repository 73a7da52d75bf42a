#include "actors/monitor/streams_query.hpp"

#include <algorithm>
#include <utility>

#include "actors/monitor/stream_query.hpp"
#include "actors/node/totals.hpp"

namespace ability {

namespace {

// Merges the pages of all directories. A directory that stopped early may still hold names that sort before those of
// others: names behind the first such point are dropped, to be listed in the next round.
stream_page merge(std::vector<std::optional<stream_page>> pages) {
  stream_page all;
  for (const auto& page : pages)
    if (!page->reached.empty() && (all.reached.empty() || page->reached < all.reached))
      all.reached = page->reached;
  for (auto& page : pages)
    for (auto& each : page->entries)
      if (all.reached.empty() || *each.name <= all.reached)
        all.entries.push_back(std::move(each));
  std::ranges::sort(
      all.entries, {}, [](const auto& each) -> const auto& { return *each.name; });
  return all;
}

}  // namespace

void streams_query::start(lane_home& home, const verb::streams& question) {
  query_state::start(home);
  filter_ = question.filter;
  page_.begin(question.limit, question.after);
}

void streams_query::list() {
  std::vector<directory_actor> directories;
  directories.reserve(home_->here.lanes.size());
  for (const auto& lane : home_->here.lanes)
    directories.push_back(lane->directory);
  ask_each<stream_page>(directories, list_streams{page_.after(), filter_, page_.room()},
                        [this](answers<stream_page> pages) { take_pages(std::move(pages)); });
}

void streams_query::take_pages(answers<stream_page> pages) {
  if (!all_there(pages)) {
    fail_for_stuck_lane();
    return;
  }
  auto listed = merge(std::move(pages));
  if (listed.entries.size() > page_.room()) {
    listed.entries.resize(page_.room());
    listed.reached = *listed.entries.back().name;
  }
  reached_ = std::move(listed.reached);
  names_.clear();
  std::vector<stream_actor> found;
  for (auto& each : listed.entries) {
    names_.push_back(*each.name);
    found.push_back(std::move(each.stream));
  }
  ask_each<stream_facts>(found, describe_stream{{}, 0},
                         [this](const answers<stream_facts>& facts) { take_facts(facts); });
}

void streams_query::take_facts(const answers<stream_facts>& facts) {
  std::vector<std::optional<stream_line>> lines;
  for (const auto& each : facts)
    lines.push_back(each && each->found ? std::optional{line_of(*each)} : std::nullopt);
  if (const auto next = page_.add(names_, lines, !reached_.empty())) {
    finish(*next);
    return;
  }
  page_.skip_to(reached_);
  if (++rounds_ >= max_rounds)
    finish(reached_);
  else
    list();
}

void streams_query::finish(const std::string& next) {
  answer(page_.finish(cursor_behind(next), open_streams(home_->here)));
}

}  // namespace ability
