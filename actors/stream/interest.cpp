#include "actors/stream/interest.hpp"

#include <algorithm>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <utility>

namespace ability {

namespace {

bool is_of(const unsubscribe& request, const subscribe& earlier) {
  return request.subscriber == earlier.subscriber && request.format == earlier.format && request.key == earlier.key;
}

}  // namespace

interest::~interest() {
  for (auto& [name, stream] : unsettled_)
    fail(stream);
}

// -- subscribers here ---

interest::place interest::add(const stream_name& stream) {
  if (!on_)
    return followed_.end();
  followed_.push_front({stream, ++born_});
  unsettled_stream fresh;
  for (auto& each : peers_) {
    if (!each.opened)
      continue;
    fresh.by.push_back(&each);
    tell(each, {stream}, true);
  }
  if (!fresh.by.empty())
    unsettled_.emplace(stream.get(), std::move(fresh));
  return followed_.begin();
}

void interest::remove(place which) {
  if (!on_)
    return;
  for (auto& each : peers_) {
    if (each.opened && is_told(each, which))
      tell(each, {which->name}, false);
    if (each.answering && each.next == which)
      ++each.next;
  }
  if (marking_ && next_mark_ == which)
    ++next_mark_;
  if (const auto found = unsettled_.find(which->name.get()); found != unsettled_.end()) {
    fail(found->second);
    unsettled_.erase(found);
  }
  followed_.erase(which);
}

void interest::fail(unsettled_stream& which) {
  for (auto& each : which.waiting)
    each.promise.deliver(caf::make_error(caf::sec::request_receiver_down));
}

void interest::hold(const stream_name& stream, stream_actor to, subscribe&& request,
                    caf::typed_response_promise<subscribed> promise) {
  unsettled_.at(stream.get()).waiting.push_back({std::move(promise), std::move(to), std::move(request)});
}

void interest::let_pass(const stream_name& stream, const unsubscribe& request) {
  const auto found = unsettled_.find(stream.get());
  if (found == unsettled_.end())
    return;
  auto& waiting = found->second.waiting;
  const auto earlier = std::ranges::find_if(waiting, [&](const held& each) { return is_of(request, each.request); });
  if (earlier == waiting.end())
    return;
  earlier->promise.delegate(earlier->to, std::move(earlier->request));
  waiting.erase(earlier);
}

// -- other nodes ---

void interest::open(const link_opened& news) {
  auto& whom = peer_of(news.link);
  whom.opened = true;
  whom.answering = true;
  whom.next = followed_.begin();
  request_turn();
}

void interest::close(const link_closed& news) {
  if (const auto gone = std::ranges::find(peers_, news.link, &peer::link); gone != peers_.end()) {
    hand_over(*gone);
    for (auto it = unsettled_.begin(); it != unsettled_.end();) {
      settle(*gone, it->second);
      it = it->second.by.empty() ? unsettled_.erase(it) : std::next(it);
    }
    discarded_.push_back(std::move(gone->follows));
    peers_.erase(gone);
    request_turn();
  }
  caf::anon_send(news.link, news);
}

void interest::settle(const interest_settled& news, const std::function<void(const std::string&)>& mark) {
  const auto by = std::ranges::find(peers_, news.link, &peer::link);
  if (by == peers_.end())
    return;
  by->unsettled -= std::min(by->unsettled, news.streams.size());
  if (by->answering)
    request_turn();
  for (const auto& stream : news.streams) {
    if (unsettled_.empty())
      return;
    const auto found = unsettled_.find(stream.get());
    if (found == unsettled_.end())
      continue;
    settle(*by, found->second);
    if (found->second.by.empty())
      unsettled_.erase(found);
    if (news.overdue)
      mark(*stream);
  }
}

void interest::settle(const peer& by, unsettled_stream& which) {
  std::erase(which.by, &by);
  if (!which.by.empty())
    return;
  for (auto& each : which.waiting)
    each.promise.delegate(each.to, std::move(each.request));
}

void interest::learn(peer_interest& news) {
  // The link's messages may arrive before the cluster's `link_opened`.
  auto& by = peer_of(news.link);
  for (auto& stream : news.streams) {
    if (news.followed)
      by.follows.insert(std::move(stream));
    else
      by.follows.erase(stream);
  }
  by.follows_known = by.follows_known || news.complete;
}

void interest::forward(const std::vector<broadcast_ptr>& messages) {
  if (peers_.empty())
    return;
  for (const auto& message : messages) {
    const hashed_name stream{message->content().stream};
    for (auto& each : peers_)
      if (!each.follows_known || each.follows.contains(stream))
        each.outgoing.push_back(message);
  }
  // The message arrives behind everything in the mailbox now, so all of that is sent together.
  if (!std::exchange(forwards_requested_, true))
    caf::anon_send(directory_actor{self_}, forwards_due{});
}

void interest::hand_over() {
  forwards_requested_ = false;
  for (auto& each : peers_)
    hand_over(each);
}

// -- incremental work ---

void interest::mark_all() {
  mark_again_ = marking_;
  if (marking_ || followed_.empty())
    return;
  marking_ = true;
  next_mark_ = followed_.begin();
  request_turn();
}

void interest::go_on(const std::function<void(const std::string&)>& mark) {
  for (auto& each : peers_)
    if (each.answering)
      tell_more(each);
  if (marking_)
    mark_more(mark);
  if (!discarded_.empty() && !discarded_.front().discard_some(chunk))
    discarded_.pop_front();
  turn_requested_ = has_more();
  if (turn_requested_)
    self_->delayed_send(self_, pause, interest_due{});
}

bool interest::has_more() const {
  const auto may_be_told = [](const peer& each) { return each.answering && each.unsettled < max_unsettled; };
  return marking_ || !discarded_.empty() || std::ranges::any_of(peers_, may_be_told);
}

void interest::tell_more(peer& whom) {
  if (whom.unsettled >= max_unsettled)
    return;  // continues when some are acknowledged
  std::vector<stream_name> streams;
  while (streams.size() < chunk && whom.next != followed_.end())
    streams.push_back((whom.next++)->name);
  whom.answering = whom.next != followed_.end();
  tell(whom, std::move(streams), true, !whom.answering);
}

void interest::mark_more(const std::function<void(const std::string&)>& mark) {
  for (std::size_t i = 0; i < marks && next_mark_ != followed_.end(); ++i)
    mark(*(next_mark_++)->name);
  marking_ = next_mark_ != followed_.end();
  if (!marking_ && std::exchange(mark_again_, false))
    mark_all();
}

interest::peer& interest::peer_of(const link_actor& link) {
  if (const auto known = std::ranges::find(peers_, link, &peer::link); known != peers_.end())
    return *known;
  return peers_.emplace_back(peer{.link = link, .follows = {}});
}

// True if the stream was announced to `whom`: the announcements have passed it, or it came later.
bool interest::is_told(const peer& whom, place which) const {
  return !whom.answering || whom.next == followed_.end() || which->born > whom.next->born;
}

void interest::tell(peer& whom, std::vector<stream_name> streams, bool followed, bool complete) {
  if (followed)
    whom.unsettled += streams.size();
  caf::anon_send(whom.link, interest_news{directory_actor{self_}, std::move(streams), followed, complete});
}

void interest::hand_over(peer& whom) {
  if (!whom.outgoing.empty())
    caf::anon_send(whom.link, forward_broadcasts{std::exchange(whom.outgoing, {})});
}

void interest::request_turn() {
  if (!std::exchange(turn_requested_, true))
    caf::anon_send(directory_actor{self_}, interest_due{});
}

}  // namespace ability
