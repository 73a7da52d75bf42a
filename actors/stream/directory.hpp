/// The directory actor: stream name → stream actor, for the streams of one lane.
#pragma once

#include <caf/actor_addr.hpp>
#include <caf/result.hpp>
#include <caf/system_messages.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/broadcast/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/stream/history/kept_positions.hpp"
#include "actors/stream/history/publication_ids.hpp"
#include "actors/stream/interest.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Finds, spawns and retires stream actors. Only the directory hands them out, and it counts the subscribes forwarded:
/// an idle stream may end only if it has received all of them, so that none is lost on its way.
class directory_state {
public:
  static constexpr const char* name = "ability.directory";
  static constexpr std::size_t max_looked_at = 5'000;  ///< names per `list_streams`, fewer if long: some milliseconds

  explicit directory_state(directory_actor::pointer self) : self_{self} {}
  directory_state(const directory_state&) = delete;
  directory_state& operator=(const directory_state&) = delete;

  /// Ends its streams, as they could not be found any more.
  ~directory_state();

  void start(lane_home& home);
  directory_actor::behavior_type make_behavior();

private:
  struct entry {
    std::shared_ptr<const std::string> name;  // the map's key is a view of it
    stream_actor actor;
    interest::place among_followed;
    std::uint64_t subscribes = 0;
    std::uint64_t broadcasts = 0;      // passed on
    std::uint64_t last_broadcast = 0;  // number of the directory's broadcast that was the last one
    bool may_log = false;              // it may keep a log
    bool was_dropped = false;          // its log was dropped, and nothing has happened to it since
  };

  caf::result<subscribed> pass_on(subscribe& request);
  void pass_on(unsubscribe& request);
  caf::result<presence_answer> pass_on(presence_call& call);
  caf::result<history_page> pass_on(list_history& question);
  void publish(broadcasts& published);
  void append_to_shared_logs(broadcasts& from);
  void refuse(redis_failure why, const std::shared_ptr<publication_receipt>& receipt);
  void take_answer(append_answered& answer);
  bool is_repeated(const accepted_broadcast& message, const std::shared_ptr<publication_receipt>& receipt,
                   std::shared_ptr<first_publication>& first);
  void retire(const stream_idle& notice);
  void forget(const caf::down_msg& lost);
  entry& find_or_spawn(std::string_view stream);
  entry* receiver_of(const broadcast& message);
  void evict_logs();
  stream_page list(const list_streams& question) const;
  caf::result<history_facts> describe(describe_history& question);
  template <class Facts, class Question>
  caf::result<Facts> describe(Question& question);
  void mark(const gap_opened& news);

  directory_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::unordered_map<std::string_view, entry> streams_;
  std::set<std::string_view> names_;         // the names in `streams_`, sorted, for listings
  std::optional<interest> interest_;         // set by `start`
  std::optional<kept_positions> positions_;  // the same
  std::optional<publication_ids> ids_;       // the same; none: repetitions are published again
  std::uint64_t broadcasts_ = 0;             // passed on, to tell which streams had none for long
  std::size_t drops_pending_ = 0;            // logs that are to be dropped
};

/// Spawns the directory of a lane.
directory_actor spawn_directory(lane_home& home);

}  // namespace ability
