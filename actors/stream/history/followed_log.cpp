#include "actors/stream/history/followed_log.hpp"

#include <algorithm>
#include <utility>

namespace ability {

followed_log::changes followed_log::take_news(stream_position at, std::int64_t time, broadcast_ptr message,
                                              bool is_own) {
  changes made;
  if (is_whole_ && at.epoch == at_.epoch && at.offset <= at_.offset)
    return made;
  if (early_.size() < max_early)
    early_.insert_or_assign(at.offset, early{at, time, std::move(message), is_own});
  if (!is_whole_)
    return made;
  take_early(made);
  if (has_lost_news())
    made.read_behind = at_.offset;
  else
    made.check_soon = is_own && !early_.empty();
  return made;
}

followed_log::changes followed_log::take_content(log_content content, std::uint64_t behind) {
  changes made;
  if (is_whole_ && content.at.epoch == at_.epoch) {
    const bool is_all = take_entries(content, made);
    drop_strangers();
    take_early(made);
    if ((!is_all && at_.offset < content.at.offset) || has_lost_news())
      made.read_behind = at_.offset;
    return made;
  }
  const bool is_next_part = is_loading_ && content.at.epoch == at_.epoch;
  if (!is_next_part) {
    if (std::exchange(has_begun_, true))
      go_on_after(content, made);
    else
      sent_ = content.at.offset;
    is_whole_ = false;
    is_loading_ = false;
    at_.epoch = content.at.epoch;
    ancestors_ = content.ancestors;
    if (behind != 0) {  // another epoch begins: it has to be read as a whole
      made.read_behind = 0;
      return made;
    }
    begin(content, content.entries.empty() ? content.at.offset : content.entries.front().offset - 1, made);
    is_loading_ = true;
  }
  if (!take_entries(content, made)) {
    made.read_behind = at_.offset;
    return made;
  }
  is_loading_ = false;
  is_whole_ = true;
  std::erase_if(early_,
                [this](const auto& each) { return each.second.at.epoch != at_.epoch || each.first <= at_.offset; });
  take_early(made);
  if (has_lost_news())
    made.read_behind = at_.offset;
  return made;
}

// News of another epoch that came before this answer are of no log that there is: of an earlier server, or of another
// one's users. Waiting for them would have the log read again and again.
void followed_log::drop_strangers() {
  std::erase_if(early_, [this](const auto& each) { return each.second.at.epoch != at_.epoch; });
}

// Answers overtake the channel, which has an order of its own: what is missing before its news is lost.
bool followed_log::has_lost_news() const {
  return std::ranges::any_of(early_, [](const auto& each) { return !each.second.is_own; });
}

void followed_log::begin(const log_content& content, std::uint64_t offset, changes& into) {
  at_ = {content.at.epoch, offset};
  into.begin = beginning{at_, content.complete_from, content.ancestors};
  if (offset > sent_) {
    into.has_gap = true;
    sent_ = offset;
  }
}

// Finds what followers were sent of the log that `content` is of.
void followed_log::go_on_after(const log_content& content, changes& into) {
  if (content.at.epoch == at_.epoch)
    return;
  const auto known = std::ranges::find(content.ancestors, at_.epoch, &log_ancestor::epoch);
  if (known != content.ancestors.end()) {
    sent_ = std::min(sent_, known->last);
    return;
  }
  // The log was lost, perhaps with publications that nobody was sent. An earlier one may have taken its place.
  into.has_gap = true;
  sent_ = std::min(sent_, shared_with(content));
}

// Offset up to which the log of `content` is that of before.
std::uint64_t followed_log::shared_with(const log_content& content) const {
  std::uint64_t shared = 0;
  for (const auto& each : ancestors_) {
    const auto known = std::ranges::find(content.ancestors, each.epoch, &log_ancestor::epoch);
    if (each.epoch == content.at.epoch)
      shared = std::max(shared, each.last);
    else if (known != content.ancestors.end())
      shared = std::max(shared, std::min(each.last, known->last));
  }
  return shared;
}

// False: there are more.
bool followed_log::take_entries(log_content& content, changes& into) {
  for (auto& each : content.entries) {
    if (each.offset <= at_.offset)
      continue;
    if (each.offset != at_.offset + 1)
      begin(content, each.offset - 1, into);
    at_.offset = each.offset;
    into.entries.push_back(
        {.offset = each.offset, .time = each.time, .message = std::move(each.message), .is_new = each.offset > sent_});
    sent_ = std::max(sent_, each.offset);
  }
  if (at_.offset >= content.at.offset)
    return true;
  if (!content.entries.empty())
    return false;
  begin(content, content.at.offset, into);
  return true;
}

void followed_log::take_early(changes& into) {
  while (!early_.empty()) {
    const auto first = early_.begin();
    const bool is_known = first->second.at.epoch == at_.epoch && first->first <= at_.offset;
    if (!is_known && first->second.at != stream_position{at_.epoch, at_.offset + 1})
      return;
    auto taken = std::move(early_.extract(first).mapped());
    if (is_known)
      continue;
    at_.offset = taken.at.offset;
    into.entries.push_back({.offset = taken.at.offset,
                            .time = taken.time,
                            .live = std::move(taken.message),
                            .is_new = taken.at.offset > sent_});
    sent_ = std::max(sent_, taken.at.offset);
  }
}

void followed_log::reload() {
  is_whole_ = false;
  is_loading_ = false;
}

}  // namespace ability
