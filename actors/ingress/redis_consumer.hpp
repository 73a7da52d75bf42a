/// The redis_consumer actor: publishes the entries of a Redis stream that this node takes, each at least once.
/// Source: docs/protocols/publications.md "Redis streams".
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/ingress/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/runtime/back_off.hpp"

namespace ability {

/// A consumer of a Redis stream; `net/` implements it, tests fake it. All functions are called on the lane of the
/// actor; events arrive there as `redis_connected`, `redis_lost`, `entries_read` and `entries_acknowledged`.
class entry_source {
public:
  virtual ~entry_source() = default;

  /// Joins the group and stays in it until `leave`, through all losses of the connection. May be called again after
  /// `close`.
  virtual void open(redis_consumer_actor owner) = 0;

  /// Asks for at most `count` entries; one request at a time. It is answered by `entries_read` once, also if the
  /// connection is lost meanwhile. Entries of before, that were not acknowledged, come again after a loss.
  virtual void read(std::size_t count) = 0;

  /// Acknowledges and deletes an entry, soon; again after a loss until Redis has answered by `entries_acknowledged`.
  virtual void acknowledge(const redis_entry_id& id) = 0;

  /// Tells that these entries are worked on, so that they are not taken over.
  virtual void keep(const std::vector<redis_entry_id>& ids) = 0;

  /// Takes over at most `count` entries that others have not worked on for long; they come by `read`.
  virtual void claim(std::size_t count) = 0;

  /// Reads no more. Acknowledging goes on.
  virtual void stop_reading() = 0;

  /// Leaves the group; answered by `group_left`. Entries that are not acknowledged are left to others.
  virtual void leave() = 0;

  /// Drops the connections without a message to the owner.
  virtual void close() = 0;
};

/// Publishes entries in their order, and acknowledges each once its streams have handled it: behind the answer of the
/// log, if it has one. While a log does not take publications nothing more is read, and the refused entries are
/// published again, the first of them as a probe.
class redis_consumer_state {
public:
  static constexpr const char* name = "ability.redis_consumer";
  static constexpr std::size_t most_at_a_time = 100;  ///< entries of one request
  static constexpr std::chrono::milliseconds first_retry{100};
  static constexpr std::chrono::milliseconds last_retry{1'000};
  static constexpr unsigned most_attempts = 5;  ///< with an entry that a log refuses for a reason of its own
  static constexpr std::chrono::milliseconds last_wait{3'000};  ///< to leave the group

  explicit redis_consumer_state(redis_consumer_actor::pointer self) : self_{self} {}
  redis_consumer_state(const redis_consumer_state&) = delete;
  redis_consumer_state& operator=(const redis_consumer_state&) = delete;
  ~redis_consumer_state();

  void start(lane_home& home, std::shared_ptr<entry_source> source);
  redis_consumer_actor::behavior_type make_behavior();

private:
  // An entry that was read and is not acknowledged.
  struct held {
    std::string payload;            // empty once the entry is to be acknowledged
    std::vector<bool> is_logged{};  // of a publication that is repeated: its broadcasts that are in their logs
    unsigned refusals = 0;          // for a reason of its own
    bool is_old = false;            // it was there when entries were last tended
  };
  using held_entries = std::map<redis_entry_id, held>;

  void connected();
  void lost(const redis_lost& why);
  void take(entries_read& batch);
  void take(redis_entry& entry);
  void publish(held_entries::iterator entry);
  void settle(const entry_published& what);
  void refuse(held_entries::iterator entry, const publication_outcome& outcome);
  void note_unreadable(const redis_entry_id& id, refusal_reason why, std::string_view detail);
  void finish(held_entries::iterator entry);
  void forget(const entries_acknowledged& what);
  void retry();
  void retry_later();
  void goes_on();
  void read_on();
  bool has_room();
  void tend();
  void tend_later();
  void end();
  void leave_if_done();

  redis_consumer_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<entry_source> source_;
  held_entries held_;
  std::size_t bytes_ = 0;                // of the payloads in `held_`
  std::set<redis_entry_id> refused_;     // to be published again
  std::optional<redis_entry_id> probe_;  // of these, being published
  bool is_reading_ = false;
  bool waits_for_gate_ = false;
  bool waits_for_acks_ = false;  // until half of the bound is free
  bool waits_for_log_ = false;   // until the probe is published
  bool retry_pending_ = false;
  bool is_ending_ = false;
  bool is_leaving_ = false;
  back_off retries_{first_retry, last_retry};
  std::string last_reason_;  // an unchanged reason is logged once
};

/// Spawns the actor; it joins the group at once.
redis_consumer_actor spawn_redis_consumer(lane_home& home, std::shared_ptr<entry_source> source);

}  // namespace ability
