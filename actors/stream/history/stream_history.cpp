#include "actors/stream/history/stream_history.hpp"

#include <algorithm>
#include <utility>

#include "actors/node/unix_ms.hpp"
#include "actors/stream/history/log_listing.hpp"

namespace ability {

namespace {

using std::chrono::milliseconds;

// Bounds on the pause between two looks at a log for publications that are too old.
constexpr milliseconds shortest_pause{10};
constexpr milliseconds longest_pause{60'000};

// Bytes that a log takes beside its publications and its name, and with the stream actor that would end without it: the
// actor 1,280, its handlers 900, the log 200, its place in the directory 200, its name 80, its timer 350.
constexpr std::size_t log_bytes = 1'024;
constexpr std::size_t stream_bytes = 3'072;

// Bytes of a frame with a position beside its data, its subscription key and its stream; most often enough.
constexpr std::size_t frame_bytes = 112;

constexpr auto long_ago = std::numeric_limits<std::int64_t>::min() / 2;

}  // namespace

std::shared_ptr<const history_answer> answer_without_log(lane_home& home, std::string_view stream,
                                                         const history_request& asked) {
  auto none = std::make_shared<history_answer>();
  if (!asked.is_valid || asked.since || asked.find(stream) != nullptr) {
    none->outcome = history_outcome::no_log;
    home.counters.history_answers[static_cast<std::size_t>(none->outcome)].add();
  }
  return none;
}

std::size_t log_space(const lane_home& home) { return home.settings.history.max_bytes / home.here.lanes.size(); }

stream_history::stream_history(lane_home& home, std::shared_ptr<const std::string> stream, const history_bounds& bounds,
                               const stream_log::summary& from)
    : home_{home}, stream_{std::move(stream)}, bounds_{bounds}, log_{from} {
  home_.counters.history_logs.add();
  home_.logged.add(*stream_);
  count_bytes();
}

stream_history::~stream_history() {
  home_.counters.history_logs.sub();
  home_.logged.remove(*stream_);
  home_.counters.history_bytes.sub(counted_bytes_);
}

std::size_t stream_history::bytes() const noexcept {
  if (followers_ > 0 && log_.size() == 0)
    return 0;
  return log_.bytes() + (followers_ > 0 ? log_bytes : stream_bytes) + stream_->size();
}

history_facts stream_history::describe(std::size_t limit) const {
  history_facts facts{
      .found = true, .at = log_.at(), .kept = log_.size(), .bytes = bytes(), .bounds = bounds_, .last = {}};
  const auto last = log_.at().offset;
  for (auto offset = last - std::min(limit, log_.size()) + 1; offset <= last; ++offset)
    facts.last.push_back({offset, log_.time_of(offset), log_.data_size(offset)});
  return facts;
}

void stream_history::count_bytes() {
  home_.counters.history_bytes.add(bytes() - counted_bytes_);  // unsigned: it may become less
  counted_bytes_ = bytes();
}

std::int64_t stream_history::wall_time() const { return unix_ms(home_.here.wall_clock()); }

bool stream_history::is_active() const {
  return home_.settings.history.broker != history_broker::automatic || followers_ > 0 || wall_time() < active_until();
}

// -- publications ---

std::uint64_t stream_history::number(const broadcast& message) {
  if (message.transient)
    return 0;
  if (!is_active()) {
    skip();
    return 0;
  }
  is_fresh_ = false;
  const auto offset = log_.append(message, wall_time(), bounds_, log_space(home_));
  home_.counters.history_publications.add();
  count_bytes();
  return offset;
}

void stream_history::take(const broadcast& message, std::int64_t time) {
  log_.append(message, time, bounds_, log_space(home_));
  count_bytes();
}

void stream_history::restart(const stream_log::summary& from, std::vector<log_ancestor> ancestors) {
  log_ = stream_log{from};
  ancestors_ = std::move(ancestors);
  count_bytes();
}

// A position from before a publication without a number must not be answered.
void stream_history::skip() {
  const auto epoch = std::exchange(is_fresh_, true) ? log_.at().epoch : home_.random.next_seed();
  log_ = stream_log{{{epoch, 0}, wall_time() + 1}};
  count_bytes();
}

void stream_history::trim() {
  if (is_active())
    log_.trim(wall_time(), bounds_);
  else
    log_.clear();
  count_bytes();
}

void stream_history::drop() {
  log_.clear();
  left_at_ = long_ago;
  count_bytes();
}

void stream_history::joined() {
  ++followers_;
  is_fresh_ = false;
  count_bytes();
}

void stream_history::left() {
  if (--followers_ == 0)
    left_at_ = wall_time();
  count_bytes();
}

bool stream_history::is_needed() const {
  const bool is_awaited = home_.settings.history.broker == history_broker::automatic && wall_time() < active_until();
  return log_.size() > 0 || is_awaited;
}

milliseconds stream_history::until_due() const {
  const auto due = log_.size() > 0 ? log_.oldest_time() + bounds_.ttl.count() : active_until();
  const auto pause = std::clamp(bounds_.ttl / 8, shortest_pause, longest_pause);
  return std::max(milliseconds{due - wall_time()}, pause);
}

// -- answers ---

bool stream_history::is_of_ancestor(const stream_position& at) const {
  return std::ranges::any_of(
      ancestors_, [&](const log_ancestor& each) { return each.epoch == at.epoch && at.offset <= each.last; });
}

std::uint64_t stream_history::carried_over(const stream_position& began) const noexcept {
  if (began.epoch == log_.at().epoch)
    return began.offset;
  const auto found = std::ranges::find(ancestors_, began.epoch, &log_ancestor::epoch);
  return found == ancestors_.end() ? 0 : std::min(began.offset, found->last);
}

stream_history::start stream_history::start_behind(const stream_position& at) const {
  const auto epoch = is_of_ancestor(at) ? log_.at().epoch : at.epoch;
  return {outcome_of(log_, {epoch, at.offset}), at.offset};
}

stream_history::start stream_history::find_start(const history_request& asked, std::uint64_t began) const {
  if (!asked.is_valid)
    return {history_outcome::malformed};
  const auto epoch = log_.at().epoch;
  if (const auto* const known = asked.find(*stream_))
    return known->at ? start_behind(*known->at) : start{history_outcome::malformed};
  if (const auto* const known = asked.find_unnamed(epoch))
    return start_behind(*known);
  for (const auto& each : ancestors_)
    if (const auto* const known = asked.find_unnamed(each.epoch))
      return start_behind(*known);
  if (!asked.unnamed.empty())
    return {history_outcome::other_epoch};
  if (!asked.since)
    return asked.may_repeat ? start_behind({epoch, began}) : start{history_outcome::not_asked};
  const auto since = *asked.since * 1'000;
  if (since > wall_time())
    return {history_outcome::ahead};
  return {log_.is_complete_since(since) ? history_outcome::answered : history_outcome::too_old,
          log_.offset_before(since)};
}

std::shared_ptr<const history_answer> stream_history::answer(const history_request& asked, follower& to) {
  trim();
  auto made = std::make_shared<history_answer>();
  auto [outcome, from] = find_start(asked, to.began);
  const auto last = log_.at().offset;
  if (outcome == history_outcome::answered && last > to.began && !asked.may_repeat) {
    // It was sent all behind `began`; an older message must not follow a newer one.
    outcome = from >= to.began ? history_outcome::answered : history_outcome::overtaken;
    from = last;
  }
  if (outcome == history_outcome::answered && from < last)
    outcome = to.is_held || asked.may_repeat ? replay(to, from, *made) : history_outcome::overtaken;
  if (outcome == history_outcome::answered)
    to.began = std::min(to.began, from);
  made->outcome = outcome;
  made->at = log_.at();
  if (outcome != history_outcome::not_asked)
    home_.counters.history_answers[static_cast<std::size_t>(outcome)].add();
  return made;
}

history_page stream_history::list(const list_history& question) {
  trim();
  return list_log(home_, log_, question);
}

// Sends all publications behind `from`. Their data alone tells most often that they are too large.
history_outcome stream_history::replay(const follower& to, std::uint64_t from, history_answer& into) {
  const auto most = home_.settings.history.max_replay;
  const auto least = log_.data_behind(from);
  if (least > most || (to.room != nullptr && !to.room->take(least)))
    return history_outcome::too_large;
  encoded_replay::range wanted{to.format, to.key, from, log_.at(), most};
  auto known = last_replay_.lock();
  const bool is_new = known == nullptr || known->of != wanted;
  if (is_new) {
    known = encode(std::move(wanted));
    last_replay_ = known;
    home_.recent.add(known, known->bytes == nullptr ? 0 : known->bytes->size());
  }
  home_.counters.undeliverable.add(known->undeliverable);
  if (known->bytes == nullptr)
    return history_outcome::too_large;
  auto made = std::make_shared<batch>(home_.here.unclaimed_deliveries, known->bytes);
  made->stream = stream_;
  made->key = to.key;
  made->exclusions = known->exclusions;
  made->count = known->count;
  if (is_new)
    made->hold_at(home_.here.gate, made->bytes->size());
  into.missed = std::move(made);
  return history_outcome::answered;
}

// Approximate bytes of the frames with all publications behind `from`; a few more most often.
std::size_t stream_history::expected_size(std::uint64_t from, std::size_t key_size) const {
  const auto behind = log_.at().offset - from;
  std::size_t bytes = behind * (frame_bytes + key_size + key_size / 4 + stream_->size());
  for (auto offset = from + 1; offset <= log_.at().offset; ++offset)
    bytes += log_.data_size(offset);
  return bytes;
}

std::shared_ptr<const encoded_replay> stream_history::encode(encoded_replay::range of) const {
  auto made = std::make_shared<encoded_replay>(encoded_replay{.of = std::move(of)});
  const auto& [format, key, from, at, max_bytes] = made->of;
  auto bytes = std::make_shared<std::string>();
  if (!format->compresses())
    bytes->reserve(std::min(expected_size(from, key.size()), max_bytes));
  broadcast message{.stream = *stream_};
  for (auto offset = from + 1; offset <= at.offset; ++offset) {
    log_.read(offset, message);
    const auto begin = bytes->size();
    if (!format->append(*bytes, key, message, stream_position{at.epoch, offset}))
      ++made->undeliverable;
    if (bytes->size() > max_bytes)
      return made;
    if (!message.exclude_socket.empty())
      format->append_withheld(
          made->exclusions.emplace_back(batch::exclusion{begin, bytes->size() - begin, message.exclude_socket}).instead,
          key, {at.epoch, offset});
    ++made->count;
  }
  made->bytes = std::move(bytes);
  return made;
}

}  // namespace ability
