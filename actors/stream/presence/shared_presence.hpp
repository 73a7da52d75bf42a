/// The presence of one stream that nodes share.
#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/stream/presence/member_listings.hpp"
#include "actors/stream/presence/messages.hpp"
#include "actors/stream/presence/presence_store.hpp"

namespace ability {

/// Has the store note what the sessions of this node say, and renews them there; the members themselves are in the
/// store. Orders go to it in batches, one under way at a time, so that a storm is a few of them. What the store could
/// not be told is told once it is back.
///
/// Owned by the stream's actor, which calls on its thread. Answers are given in a bounded time.
class shared_presence {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using answer_call = member_listings::answer_call;

  static constexpr std::string_view unavailable = "presence is unavailable";
  static constexpr std::chrono::milliseconds patience{3'000};  ///< of calls while the channel is not followed yet
  static constexpr std::size_t max_orders = 128;               ///< of one batch
  static constexpr std::size_t max_order_bytes = std::size_t{64} << 10;

  /// `self`: the stream's actor; it gets `members_due`, and the answers of the store.
  shared_presence(lane_home& home, std::shared_ptr<const std::string> stream, stream_actor::pointer self)
      : home_{home}, stream_{std::move(stream)}, self_{self} {}
  shared_presence(const shared_presence&) = delete;
  shared_presence& operator=(const shared_presence&) = delete;
  ~shared_presence();

  void handle(const presence_call& call, answer_call answer);
  void describe(std::size_t limit, member_listings::answer_facts answer);
  void end(const std::string& sid);

  /// Events come from now on; what came before may be lost. Called again after each time at which the store was away.
  void follow();

  /// Members may be in the stream: looks after those whose nodes were killed. `now`: at once.
  void watch(bool now = false);

  void take(const members_answered& answer);
  void take(const members_listed& answer);

  /// For each `members_due`.
  void tick();

  /// True: the stream has to live.
  bool keeps_stream() const;

private:
  enum class goal : std::uint8_t { present, ended, absent };
  struct session {
    std::shared_ptr<const presence_request> as;
    std::shared_ptr<const presence_request> former = {};  // another id by which the store may know it; null: none
    goal wanted = goal::present;
    std::size_t pending = 0;    // orders that wait or are under way
    bool may_be_known = false;  // to the store
    bool is_settled = false;    // the store knows it as present
    time_point leased_until{};  // it is renewed, or has expired there
    time_point due{};           // of one that has ended
  };
  using session_map = std::map<std::string, session>;
  struct waiting_order {
    member_order what;
    answer_call answer;  // null: nobody waits
    time_point since;
    bool begins = false;  // a session that was not present joins
  };

  time_point now() const { return home_.here.now(); }
  void join(const presence_call& call, answer_call answer);
  void leave(const std::string& sid, answer_call answer);
  void leave_former(session_map::iterator of);
  void add(member_order::kind what, session_map::iterator of, answer_call answer = {});
  void expire();
  void settle();
  member_order::kind kind_of_return(const session& of) const;
  void check();
  void pump();
  void ask();
  time_point time_of_expiry(time_point due) const;
  void arm();
  void conclude(waiting_order& one, const member_result& result);
  void count_join(member_order::kind order, member_outcome what) const;
  void conclude_former(member_order::kind order, session& of, const member_result& result) const;
  void fail(waiting_order& one, bool may_be_done);
  void refuse(const answer_call& answer);
  void forget_if_done(session_map::iterator which);
  void forget(session_map::iterator which);
  void count_expired(std::size_t members);
  bool is_active() const noexcept { return !sessions_.empty() || total_ > 0; }

  lane_home& home_;
  std::shared_ptr<const std::string> stream_;
  stream_actor::pointer self_;
  session_map sessions_;               // of this node, by sid
  std::deque<waiting_order> waiting_;  // bounded by what its sessions have under way
  std::vector<waiting_order> under_way_;
  time_point sent_at_{};  // of these
  member_listings listings_;
  bool is_followed_ = false;
  std::size_t total_ = 0;               // members when the store was asked last
  std::optional<time_point> next_due_;  // of a session of any node
  std::optional<time_point> next_check_;
  std::optional<time_point> timer_at_;
  time_point linger_until_{};  // sessions that ended here are due by then
};

}  // namespace ability
