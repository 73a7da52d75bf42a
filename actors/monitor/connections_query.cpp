#include "actors/monitor/connections_query.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/monitor/connection_query.hpp"
#include "actors/node/totals.hpp"

namespace ability {

void connections_query::start(lane_home& home, const verb::connections& question) {
  query_state::start(home);
  filter_ = question.filter;
  page_.begin(question.limit, question.after);
}

void connections_query::list() {
  batch_ = filter_.empty() ? page_.room() : max_described_at_once;
  ask_each<connection_page>(registries(), list_connections{page_.after(), batch_},
                            [this](answers<connection_page> pages) { take_pages(std::move(pages)); });
}

void connections_query::take_pages(answers<connection_page> pages) {
  if (!all_there(pages)) {
    fail_for_stuck_lane();
    return;
  }
  std::vector<connection_page::entry> merged;
  more_ = false;
  for (auto& page : pages) {
    more_ = more_ || page->entries.size() == batch_;
    std::ranges::move(page->entries, std::back_inserter(merged));
  }
  std::ranges::sort(merged, {}, &connection_page::entry::sid);
  if (merged.size() > batch_) {
    merged.resize(batch_);
    more_ = true;
  }
  sids_.clear();
  std::vector<connection_actor> found;
  for (auto& each : merged) {
    sids_.push_back(std::move(each.sid));
    found.push_back(std::move(each.connection));
  }
  ask_each<connection_facts>(found, describe_connection{false},
                             [this](const answers<connection_facts>& facts) { take_facts(facts); });
}

void connections_query::take_facts(const answers<connection_facts>& facts) {
  std::vector<std::optional<connection_line>> lines;
  for (const auto& each : facts)
    lines.push_back(each && is_wanted(*each) ? std::optional{line_of(*each)} : std::nullopt);
  looked_at_ += sids_.size();
  if (const auto next = page_.add(sids_, lines, more_))
    finish(*next);
  else if (looked_at_ >= max_looked_at)
    finish(page_.after());
  else
    list();
}

bool connections_query::is_wanted(const connection_facts& facts) const {
  return facts.sid.find(filter_) != std::string::npos || facts.identity.find(filter_) != std::string::npos;
}

void connections_query::finish(const std::string& next) { answer(page_.finish(next, open_connections(home_->here))); }

}  // namespace ability
