/// The subscriptions of one client, and the streams that they follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/connection/messages.hpp"
#include "actors/node/limit.hpp"
#include "actors/node/node.hpp"
#include "actors/sessions/session_record.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Finds subscriptions by identifier, keeps their bounds, and has them follow and leave streams.
///
/// Iteration lists all with their streams. A list that was kept is restored by `add` and `follow` for each; several
/// may be asking for their streams at a time. Used by one connection actor, which calls the functions that take `self`.
class subscriptions {
public:
  /// Bound on open questions to streams: CAF finds the request of a response by linear search, so more would cost
  /// quadratic time.
  static constexpr std::size_t most_asked = 64;

  struct followed {
    std::shared_ptr<const std::string> stream;
    stream_actor actor;
    std::size_t slot;
    std::uint64_t began = 0;  ///< offset behind which the client was sent all publications
    std::uint64_t epoch = 0;  ///< of the stream's log; 0: it keeps none
  };

  /// The answer of a stream to a request for missed messages.
  struct held_stream {
    std::shared_ptr<const std::string> stream;
    stream_actor actor;
    std::shared_ptr<const history_held> answer;
  };

  /// The outcome of `follow`.
  struct outcome {
    std::optional<limit> kept_out = {};  ///< limit that kept out a stream; none: all are followed
    bool stream_failed = false;          ///< a stream ended instead of answering: the connection must end
    std::vector<held_stream> held = {};  ///< streams that wait for `release_held`, if history was asked for
  };
  using follow_handler = std::function<void(const outcome&)>;

  /// Streams that a subscription is to follow.
  struct pending_follow {
    std::vector<std::string> streams;  // unasked streams first, then the asked ones
    std::size_t unasked;               // number of unasked streams; the last of them is next
    std::optional<limit> kept_out = {};
    std::shared_ptr<const history_request> history = {};  // null: not asked for
    std::shared_ptr<replay_room> room = {};
    std::vector<held_stream> held = {};
    follow_handler then = {};
  };

  struct entry {
    std::string identifier;
    std::uint32_t tag = 0;        ///< of the subscribe command
    bool may_whisper = false;     ///< to the first stream, or with `state` to the one in its `$w`
    bool may_be_present = false;  ///< in the first stream; with `state` in the one in its `$p`
    bool confirmed = false;       ///< the client was told that it exists
    std::vector<followed> streams = {};
    std::unique_ptr<pending_follow> pending = {};  ///< null: none
    std::unique_ptr<text_map> state = {};  ///< the application's state of it; null: the application was not asked
    std::unique_ptr<std::vector<kept_stream>> awaited = {};  ///< to be followed with the client's history; null: none
    std::unique_ptr<presence_membership> member_of = {};     ///< where the client is present by it; null: nowhere

    /// The stream for whispers; null: there is none.
    const std::string* whisper_stream() const;

    /// The stream in which the client can be present by it; null: there is none.
    const std::string* presence_stream() const;

  private:
    const std::string* stream_for(bool may, std::string_view key) const;
  };

  /// Key of the subscription's state where the application stores the stream in which the client can be present.
  static constexpr const char* presence_key = "$p";

  /// Sets the wire format, of which `format` was accepted. Called once, before any other function but `size`.
  void use(const wire_format& format) noexcept { format_ = &format; }

  // -- look-up

  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  std::size_t size() const noexcept { return entries_.size(); }

  /// Returns null if there is none. Valid until the next `add` or `remove`.
  entry* find(std::string_view identifier);
  const entry* find(std::string_view identifier) const;

  /// True if the client can tell which subscription `frames` belong to: false for an old stream whose key the client
  /// has given to another one.
  bool is_addressed_by(const batch& frames) const {
    return !format_->reuses_keys() || follows(frames.key, *frames.stream);
  }

  /// The wire format of the client. REQUIRES `use`.
  const wire_format& format() const noexcept { return *format_; }

  /// The key of a subscription in that format.
  std::string wire_key_of(const entry& of) const { return format_->key(of.identifier, of.tag); }

  /// A limit of subscriptions in words.
  struct limit_words {
    std::string_view what;    ///< for clients
    std::string_view option;  ///< that sets it, for the log; empty: none
  };
  static limit_words words_for(limit bound) noexcept;

  /// Adds the number of subscriptions, and with `names` identifiers and streams, to a description.
  void describe(connection_facts& facts, bool names) const;

  /// The limit that a further subscription would exceed; none: there is room.
  std::optional<limit> limit_for(std::string_view identifier, const node_settings& how) const;

  // -- changes

  /// Adds a subscription without streams. There is none with this identifier.
  entry& add(std::string identifier, std::uint32_t tag);

  /// Has `by` follow `streams`, as far as limits allow, and calls `then` once all of them are followed. Not while an
  /// earlier `follow` of `by` waits. `history`: missed messages that the streams are asked for; null: none. `room`: for
  /// these.
  void follow(connection_actor::pointer self, lane_home& home, entry& by, const std::vector<std::string>& streams,
              std::shared_ptr<const history_request> history, follow_handler then,
              std::shared_ptr<replay_room> room = {});

  /// Chooses those of `streams` that `by` is to follow, as its `pending`, and counts others by their limits. Returns
  /// the last such limit. The part of `follow` that sends nothing.
  std::optional<limit> plan(entry& by, const std::vector<std::string>& streams, const node_settings& how,
                            lane_counters& counters) const;

  /// Has `of` leave `streams`, or all of its streams.
  void stop(connection_actor::pointer self, entry& of, const std::vector<std::string>& streams, bool all);

  /// Notes the position behind which the client was sent all publications of a stream. Without an epoch, that stays.
  void note_beginning(std::string_view identifier, std::string_view stream, stream_position began);

  /// Notes that the client is present in a stream no more, by none of its subscriptions.
  void end_membership(std::string_view stream);

  /// Leaves all streams of `old`, and forgets it. Not while its `follow` waits.
  void remove(connection_actor::pointer self, const node& here, entry& old);

  /// Leaves the streams of all subscriptions, which stay listed.
  void leave_all(connection_actor::pointer self, const node& here) const;

private:
  using follower_counts = std::unordered_map<std::string_view, std::size_t>;  // stream → subscriptions

  bool follows(std::string_view key, std::string_view stream) const;
  std::size_t room_for(const entry& by, std::size_t most) const;
  follower_counts count_followers(const std::vector<std::string>& streams, std::size_t most) const;
  void ask_streams(connection_actor::pointer self, lane_home& home, entry& by);
  void confirm(connection_actor::pointer self, lane_home& home, entry& by, const subscribed& news);
  void tell_failure() const;
  void leave(connection_actor::pointer self, const node& here, const entry& old) const;
  void leave(connection_actor::pointer self, const entry& old, const followed& stream) const;

  const wire_format* format_ = nullptr;
  std::vector<entry> entries_;
};

}  // namespace ability
