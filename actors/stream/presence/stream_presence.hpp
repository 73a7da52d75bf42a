/// The presence of one stream.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"
#include "actors/node/node.hpp"
#include "actors/stream/presence/member_list.hpp"
#include "actors/stream/presence/messages.hpp"
#include "actors/stream/presence/waiting_events.hpp"

namespace ability {

/// Sessions that end within this time leave together, so that a storm of them is one fan-out: a part of the time for
/// which they are kept, at most a second.
constexpr std::chrono::milliseconds slack_of(std::chrono::milliseconds ttl) {
  return std::min<std::chrono::milliseconds>(ttl / 16, std::chrono::seconds{1});
}

/// An event of presence as the followers of `stream` are sent it.
broadcast_ptr presence_event(const lane_home& home, const std::string& stream, std::string json,
                             std::chrono::steady_clock::time_point now);

/// Carries out what sessions say, by the settings of the lane, counts it, and makes the events for the followers.
/// Owned by the stream's actor, which sends the events and keeps the timer.
class stream_presence {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using events = waiting_events::events;  // JSON

  /// Bytes of a listing for clients; larger ones are refused, and those over half of `--max-pending-size`, so that the
  /// answer does not close its client.
  static constexpr std::size_t max_listing = std::size_t{512} << 10;

  /// The smaller of both.
  static std::size_t most_listed(const node_settings& how) { return std::min(max_listing, how.history.max_replay); }

  /// Bytes of ids and infos in one answer to the monitor.
  static constexpr std::size_t max_described = std::size_t{1} << 20;

  // Reasons for which nothing is done.
  static constexpr std::string_view not_present = "not present";
  static constexpr std::string_view has_another_id = "the session is present with another id";
  static constexpr std::string_view too_many_members = "too many members (--presence-max-members)";
  static constexpr std::string_view too_many_broadcasts = "too many broadcasts are pending";
  static constexpr std::string_view listing_too_long =
      R"(the members are too many for one message; ask with "return_records":false, or by the API)";

  stream_presence(lane_home& home, std::shared_ptr<const std::string> stream)
      : home_{home}, stream_{std::move(stream)} {}
  stream_presence(const stream_presence&) = delete;
  stream_presence& operator=(const stream_presence&) = delete;

  /// Counts the members as left.
  ~stream_presence();

  /// The answer of a stream without members to `leave` or `list`.
  static presence_answer answer_of_nobody(const presence_call& call);

  /// Each appends to `told` the events that it causes.
  presence_answer handle(const presence_call& call, events& told);
  void end(const std::string& sid, time_point now, events& told);
  void expire(time_point now, events& told);

  /// The delay of the next `members_due`, if a further one is to be sent. `members_due` gets one call of `expire`.
  std::optional<time_point::duration> start_timer(time_point now);

  bool is_empty() const noexcept { return members_.size() == 0; }

  /// Describes the first members, at most `limit`.
  presence_facts describe(std::size_t limit) const;

private:
  std::string_view join(const presence_call& call, events& told);
  void leave(const std::string& id, events& told);

  lane_home& home_;
  std::shared_ptr<const std::string> stream_;
  member_list members_;
  std::optional<time_point> timer_;  // the time of the next `members_due`
};

}  // namespace ability
