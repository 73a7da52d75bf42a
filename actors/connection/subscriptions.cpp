#include "actors/connection/subscriptions.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace ability {

namespace {

// Key of the subscription's state where the application stores the stream for whispers.
constexpr std::string_view whisper_key = "$w";

// Bound on the bytes of names in a connection's description; larger than any reply can carry.
constexpr std::size_t max_described = 1'000'000;

}  // namespace

// -- look-up ---

// The stream for something that the client may do, which the application names by `key`; else the only one, which a
// restored subscription may not follow yet.
const std::string* subscriptions::entry::stream_for(bool may, std::string_view key) const {
  if (state == nullptr) {
    if (!may)
      return nullptr;
    if (!streams.empty())
      return streams.front().stream.get();
    return awaited != nullptr && !awaited->empty() ? &awaited->front().name : nullptr;
  }
  const auto found = state->find(key);
  return found == state->end() ? nullptr : &found->second;
}

const std::string* subscriptions::entry::whisper_stream() const { return stream_for(may_whisper, whisper_key); }

const std::string* subscriptions::entry::presence_stream() const { return stream_for(may_be_present, presence_key); }

subscriptions::entry* subscriptions::find(std::string_view identifier) {
  return const_cast<entry*>(std::as_const(*this).find(identifier));
}

const subscriptions::entry* subscriptions::find(std::string_view identifier) const {
  const auto found = std::ranges::find(entries_, identifier, &entry::identifier);
  return found == entries_.end() ? nullptr : &*found;
}

bool subscriptions::follows(std::string_view key, std::string_view stream) const {
  return std::ranges::any_of(entries_, [&](const auto& by) {
    return wire_key_of(by) == key &&
           std::ranges::any_of(by.streams, [&](const auto& each) { return *each.stream == stream; });
  });
}

void subscriptions::describe(connection_facts& facts, bool names) const {
  facts.subscription_count = entries_.size();
  std::size_t bytes = 0;
  for (auto each = entries_.begin(); names && each != entries_.end() && bytes < max_described; ++each) {
    auto& told = facts.subscriptions.emplace_back();
    told.identifier = each->identifier;
    bytes += each->identifier.size();
    for (auto stream = each->streams.begin(); stream != each->streams.end() && bytes < max_described; ++stream) {
      told.streams.push_back(*stream->stream);
      bytes += stream->stream->size();
    }
  }
}

// -- bounds ---

std::optional<limit> subscriptions::limit_for(std::string_view identifier, const node_settings& how) const {
  if (entries_.size() >= how.max_subscriptions)
    return limit::subscriptions;
  const auto bytes = std::transform_reduce(entries_.begin(), entries_.end(), identifier.size(), std::plus<>{},
                                           [](const auto& each) { return each.identifier.size(); });
  return bytes > how.max_identifier_bytes ? std::optional{limit::identifier_bytes} : std::nullopt;
}

subscriptions::limit_words subscriptions::words_for(limit bound) noexcept {
  switch (bound) {
    case limit::subscriptions:
      return {"too many subscriptions", "--max-subscriptions"};
    case limit::identifier_bytes:
      return {"the identifiers of all subscriptions are too long together", ""};
    case limit::connection_streams:
      return {"too many streams of this connection", "--max-connection-streams"};
    case limit::stream_identifiers:
      return {"too many subscriptions to this stream", "--max-stream-identifiers"};
    default:
      return {"too many subscriptions to this stream", "--max-stream-subscriptions"};
  }
}

// Number of further streams that the subscription may follow. A stream that the client names is the only one of its
// subscription, and the number of subscriptions is bounded.
std::size_t subscriptions::room_for(const entry& by, std::size_t most) const {
  if (by.state == nullptr)
    return 1;
  std::size_t given = 0;
  for (const auto& each : entries_)
    given += each.state == nullptr ? 0 : each.streams.size() + (each.awaited == nullptr ? 0 : each.awaited->size());
  return most - std::min(most, given);
}

// Counts the subscriptions to each of `streams`, in one pass over all that is followed, for any number of `streams`.
// Empty if none can have more than `most`.
subscriptions::follower_counts subscriptions::count_followers(const std::vector<std::string>& streams,
                                                              std::size_t most) const {
  follower_counts counts;
  if (entries_.size() <= most)
    return counts;
  for (const auto& stream : streams)
    counts.emplace(stream, 0);
  for (const auto& by : entries_)
    for (const auto& each : by.streams)
      if (const auto found = counts.find(*each.stream); found != counts.end())
        ++found->second;
  return counts;
}

// -- follow ---

subscriptions::entry& subscriptions::add(std::string identifier, std::uint32_t tag) {
  return entries_.emplace_back(entry{.identifier = std::move(identifier), .tag = tag});
}

// Each subscription to a stream is one more copy of every message.
std::optional<limit> subscriptions::plan(entry& by, const std::vector<std::string>& streams, const node_settings& how,
                                         lane_counters& counters) const {
  std::unordered_set<std::string_view> known;
  for (const auto& each : by.streams)
    known.insert(*each.stream);
  if (by.awaited != nullptr)
    for (const auto& each : *by.awaited)
      known.insert(each.name);
  const auto followers = count_followers(streams, how.max_stream_subscriptions);
  auto room = room_for(by, how.max_connection_streams);
  std::optional<limit> kept_out;
  std::vector<std::string> wanted;
  for (const auto& stream : streams) {
    if (stream.empty() || known.contains(stream))
      continue;
    const auto count = followers.find(stream);
    const bool is_crowded = count != followers.end() && count->second >= how.max_stream_subscriptions;
    if (room == 0 || is_crowded) {
      kept_out = room == 0 ? limit::connection_streams : limit::stream_subscriptions;
      counters.hit(*kept_out);
      continue;
    }
    --room;
    wanted.push_back(stream);
    if (streams.size() > 1)
      known.insert(stream);
  }
  std::ranges::reverse(wanted);
  const auto unasked = wanted.size();
  if (unasked > 0)
    by.pending = std::make_unique<pending_follow>(pending_follow{std::move(wanted), unasked, kept_out});
  return kept_out;
}

void subscriptions::follow(connection_actor::pointer self, lane_home& home, entry& by,
                           const std::vector<std::string>& streams, std::shared_ptr<const history_request> history,
                           follow_handler then, std::shared_ptr<replay_room> room) {
  const auto kept_out = plan(by, streams, home.settings, home.counters);
  if (by.pending == nullptr) {
    then({.kept_out = kept_out});
    return;
  }
  by.pending->history = std::move(history);
  by.pending->room = std::move(room);
  by.pending->then = std::move(then);
  ask_streams(self, home, by);
}

void subscriptions::ask_streams(connection_actor::pointer self, lane_home& home, entry& by) {
  auto& [streams, unasked, kept_out, history, room, held, then] = *by.pending;
  while (unasked > 0 && streams.size() - unasked < most_asked) {
    const auto& stream = streams[--unasked];
    self->request(home.here.directory_of(stream), caf::infinite,
                  subscribe{stream, wire_key_of(by), format_, connection_actor{self}, history, room})
        .then([this, self, &home,
               identifier = by.identifier](const subscribed& news) { confirm(self, home, *find(identifier), news); },
              [this](const caf::error&) { tell_failure(); });
  }
}

// Whichever subscription the failed stream was for: the connection ends.
void subscriptions::tell_failure() const {
  const auto waits = [](const auto& each) { return each.pending != nullptr; };
  const auto then = std::ranges::find_if(entries_, waits)->pending->then;
  then({.stream_failed = true});
}

// The subscription exists, as it is not removed before all answers are there.
void subscriptions::confirm(connection_actor::pointer self, lane_home& home, entry& by, const subscribed& news) {
  auto& [streams, unasked, kept_out, history, room, held, then] = *by.pending;
  const auto asked = std::find(streams.begin() + static_cast<std::ptrdiff_t>(unasked), streams.end(), *news.stream);
  std::iter_swap(asked, streams.end() - 1);
  streams.pop_back();
  if (news.actor)
    by.streams.push_back({news.stream, news.actor, news.slot, news.began, news.epoch});
  else
    kept_out = limit::stream_identifiers;
  if (news.held != nullptr)
    held.push_back({news.stream, news.actor, news.held});
  if (!streams.empty()) {
    ask_streams(self, home, by);
    return;
  }
  const auto ended = std::exchange(by.pending, nullptr);
  ended->then({.kept_out = ended->kept_out, .held = std::move(ended->held)});
}

// -- leave ---

void subscriptions::stop(connection_actor::pointer self, entry& of, const std::vector<std::string>& streams, bool all) {
  const std::unordered_set<std::string_view> stopped{streams.begin(), streams.end()};
  if (of.awaited != nullptr)
    std::erase_if(*of.awaited, [&](const auto& each) { return all || stopped.contains(each.name); });
  std::erase_if(of.streams, [&](const auto& each) {
    const bool stops = all || stopped.contains(*each.stream);
    if (stops)
      leave(self, of, each);
    return stops;
  });
}

void subscriptions::note_beginning(std::string_view identifier, std::string_view stream, stream_position began) {
  auto* const of = find(identifier);
  if (of == nullptr)
    return;
  const auto found = std::ranges::find_if(of->streams, [&](const auto& each) { return *each.stream == stream; });
  if (found == of->streams.end())
    return;
  found->began = began.offset;
  if (began.epoch != 0)
    found->epoch = began.epoch;
}

void subscriptions::end_membership(std::string_view stream) {
  for (auto& each : entries_)
    if (each.member_of != nullptr && each.member_of->stream == stream)
      each.member_of = nullptr;
}

void subscriptions::remove(connection_actor::pointer self, const node& here, entry& old) {
  leave(self, here, old);
  entries_.erase(entries_.begin() + (&old - entries_.data()));
}

void subscriptions::leave_all(connection_actor::pointer self, const node& here) const {
  for (const auto& each : entries_)
    leave(self, here, each);
}

// A stream that has not answered is left by way of its directory.
void subscriptions::leave(connection_actor::pointer self, const node& here, const entry& old) const {
  for (const auto& each : old.streams)
    leave(self, old, each);
  if (old.pending == nullptr)
    return;
  const auto& streams = old.pending->streams;
  for (auto at = old.pending->unasked; at < streams.size(); ++at)
    caf::anon_send(here.directory_of(streams[at]), unsubscribe{streams[at], wire_key_of(old), format_,
                                                               connection_actor{self}, unsubscribe::unknown_slot});
}

void subscriptions::leave(connection_actor::pointer self, const entry& old, const followed& stream) const {
  caf::anon_send(stream.actor, unsubscribe{{}, wire_key_of(old), format_, connection_actor{self}, stream.slot});
}

}  // namespace ability
