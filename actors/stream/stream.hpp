/// The stream actor: the subscribers of one stream, and the broadcasts that wait for them.
#pragma once

#include <caf/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/stream/history/held_followers.hpp"
#include "actors/stream/history/stream_history.hpp"
#include "actors/stream/messages.hpp"
#include "actors/stream/presence/shared_presence.hpp"
#include "actors/stream/presence/stream_presence.hpp"
#include "actors/stream/presence/waiting_events.hpp"
#include "actors/stream/stream_sharing.hpp"
#include "actors/stream/subscriber_group.hpp"

namespace ability {

/// One stream's subscribers, grouped by (wire format, key): each broadcast is encoded once per group, and all
/// broadcasts that wait in the mailbox together are sent as one message per subscriber.
///
/// Groups are served one after the other. Frames beyond `max_in_flight` bytes are encoded in parts, each once the
/// subscribers have taken the one before: one publication cannot become a gigabyte, however many identifiers its stream
/// is followed under. Subscribers without positions that join meanwhile may get broadcasts from just before; those with
/// positions wait for the end of the round.
///
/// A stream that keeps a log numbers its publications, and lives as long as it keeps one.
class stream_state {
public:
  static constexpr const char* name = "ability.stream";
  static constexpr std::size_t max_in_flight = std::size_t{256} << 10;  ///< bytes of frames; one message may be larger

  explicit stream_state(stream_actor::pointer self) : self_{self} {}
  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  /// Disconnects remaining subscribers so that they reconnect.
  ~stream_state();

  /// `log`: the log of an earlier actor of this stream; none: `complete_from` is when a new log would begin.
  void start(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream,
             const std::optional<stream_log::summary>& log, std::int64_t complete_from);
  stream_actor::behavior_type make_behavior();

private:
  using group = subscriber_group;

  struct group_key {
    const wire_format* format;
    std::string key;
    bool operator==(const group_key&) const = default;
  };
  // Without the format, whose address differs from run to run: the order of the groups would differ, too.
  struct group_hash {
    std::size_t operator()(const group_key& key) const noexcept { return std::hash<std::string>{}(key.key); }
  };

  using group_map = std::unordered_map<group_key, group, group_hash>;
  // Messages that are sent in parts.
  struct round {
    std::vector<numbered_broadcast> messages;
    std::vector<group_map::value_type*> turns;  // null: all subscribers of the group have left
    std::size_t next_turn = 0;
    std::size_t next_message = 0;  // index, for the group of `next_turn`
    std::weak_ptr<void> pace;      // lives until the subscribers have taken the last part
  };

  subscribed add(const subscribe& request);
  void remove(const unsubscribe& request);
  void add_due(const numbered_broadcast& one);
  void send_later(const numbered_broadcast& one);
  void append(const broadcast_to_stream& published);
  void send_out(const broadcast_ptr& message, std::uint64_t offset);
  void send_waiting();
  void flush();
  void begin_round();
  void go_on();
  std::size_t hand_out(const group_key& key, const group& to, const std::vector<numbered_broadcast>& messages,
                       std::size_t& next, std::shared_ptr<void> pace);
  std::shared_ptr<void> make_pace();

  // -- history
  void keep_history(const stream_log::summary& from);
  std::uint64_t hold_back(held_followers::follower one, group& of);
  history_held answer_history(const history_request& asked, std::uint64_t hold, const group_key& key,
                              std::uint64_t began, replay_room* room);
  bool forget_held(const unsubscribe& request, group& from, std::size_t& slot);
  history_held hold(const hold_for_history& question);
  void release(std::uint64_t hold);
  void settle_held();
  std::size_t send_kept(held_followers::follower& to, std::shared_ptr<void>& pace);
  std::uint64_t epoch() const { return history_ == nullptr ? 0 : history_->at().epoch; }
  void forget_log();
  void await_trim();
  void tell_if_idle();

  // -- members: stream_members.cpp
  caf::result<presence_answer> handle(const presence_call& call);
  void end_membership(const std::string& sid);
  void expire_members();
  void update_presence(const std::function<void(stream_presence&, stream_presence::events&)>& change);
  void send_events(stream_presence::events told);
  void send_due_events();
  shared_presence& share_members();
  void take_news(const member_news& news);
  bool has_members() const;
  caf::result<presence_facts> describe(const describe_presence& question);
  // -- answers to programs: stream_answers.cpp
  history_page list(const list_history& question);
  // -- a log that nodes share: stream_shared.cpp
  void share_log();
  void leave_log();
  void come_to_follow();
  caf::result<subscribed> add_or_wait(subscribe& request);
  caf::result<history_held> hold_or_wait(hold_for_history& question);
  bool has_to_wait(const history_request* asked, const stream_position& began);
  void await_log();
  void answer_waiting();
  void wait_no_longer();
  void answer_before(const unsubscribe& request);
  void read_log();
  void check_log_after(std::chrono::milliseconds delay);
  void take_read(log_read& answer);
  void take_news(log_news_came& news);
  void apply(followed_log::changes what);
  void tell_gap();
  void tell_joined_in_vain();
  void begin_copy(followed_log::beginning from);

  stream_facts describe(std::size_t limit) const;

  stream_actor::pointer self_;
  lane_home* home_ = nullptr;
  directory_actor directory_;
  std::shared_ptr<const std::string> stream_;
  group_map groups_;
  std::size_t name_bytes_ = 0;         // total size of all groups' keys
  std::uint64_t subscribes_seen_ = 0;  // and joins
  std::uint64_t broadcasts_seen_ = 0;
  std::vector<numbered_broadcast> due_;  // broadcasts to be sent
  std::size_t due_bytes_ = 0;            // total size of their data
  std::unique_ptr<round> round_;         // sent before `due_`; null: none is under way
  std::uint32_t subscribers_ = 0;
  bool flush_pending_ = false;
  bool trim_pending_ = false;
  std::unique_ptr<stream_history> history_;    // null: the stream keeps no log
  std::unique_ptr<stream_sharing> shared_;     // null: the log is in the memory of this node alone
  std::unique_ptr<held_followers> held_;       // null: nothing was held so far
  std::unique_ptr<stream_presence> presence_;  // null: nobody has been a member
  std::unique_ptr<shared_presence> members_;   // those that nodes share; null: none is known
  std::unique_ptr<waiting_events> events_;     // of both; null: there were none so far
  std::uint64_t gaps_ = 0;                     // times that broadcasts were lost on their way to this node
  std::uint64_t lost_ = 0;                     // lost broadcasts, as far as known
};

/// Spawns the actor of `stream` on the lane of its directory, the only one that may hand it out.
stream_actor spawn_stream(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream,
                          const std::optional<stream_log::summary>& log = {}, std::int64_t complete_from = 0);

}  // namespace ability
