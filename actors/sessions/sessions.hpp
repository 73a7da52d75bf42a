/// The sessions actor: sessions without a connection, of one lane; the hash of a sid selects the lane.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "actors/broadcast/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/sessions/session_store.hpp"
#include "actors/sessions/shared_sessions.hpp"

namespace ability {

/// True if sessions outlive their connections. In a cluster only if nodes share them, as a client may come back to
/// another node.
bool keeps_sessions(const node_settings& how) noexcept;

/// Time in which the client of a restored session asks for the history of its subscriptions; then it is sent live data.
inline constexpr std::chrono::seconds history_awaited{5};

/// Keeps records within their bounds, hands each out once, and tells the application of sessions that do not come back.
/// A session that still has a connection is taken from it. Keeps the time of clients that came back: one timer for all
/// of a lane, as each timer of CAF's wakes another thread.
/// With a vault, nodes share the records, and only those that the vault has not taken are here.
class sessions_state {
public:
  static constexpr const char* name = "ability.sessions";

  /// Time for a connection to answer its last commands when its client is back on another one.
  static constexpr std::chrono::seconds surrender_within{5};

  /// Shortest pause between two looks at the clients that are awaited, which makes them wait that much longer at most.
  static constexpr std::chrono::milliseconds shortest_pause{50};

  /// Pause between questions for a session that another node is to give up.
  static constexpr std::chrono::milliseconds ask_again{50};

  explicit sessions_state(sessions_actor::pointer self) : self_{self}, shared_{self} {}
  sessions_state(const sessions_state&) = delete;
  sessions_state& operator=(const sessions_state&) = delete;
  ~sessions_state() { show_size(0, 0); }

  void start(lane_home& home);
  sessions_actor::behavior_type make_behavior();

private:
  using time_point = session_record::time_point;
  using answer = caf::typed_response_promise<session_taken>;

  // A claim whose session has no record.
  struct search {
    session_claim claim;
    answer asker;
    std::size_t unanswered;  // registries
    std::uint64_t number;
    bool found = false;
  };
  using search_map = std::multimap<std::string, search>;  // by sid: claims that differ

  struct deadline {
    time_point at;
    std::string sid;
    std::uint64_t number;
  };

  struct awaited_client {
    time_point until;
    connection_actor connection;
  };

  void keep(session_ptr session);
  bool hand_over(session_ptr& session);
  void keep_here(session_ptr session);
  void share();
  void go_on();
  answer take(const take_session& request);
  void note(const session_searched& news);
  void ask_vault(search_map::iterator which);
  void take(const session_claim& claim, std::uint64_t number, redis_result<vault_claim>& answer);
  void ask_connections(const session_claim& claim, std::uint64_t number);
  search_map::iterator find_search(const std::string& sid, std::uint64_t number);
  void refuse(search_map::iterator which, session_refusal why);
  void end_all_of(const std::string& identity);
  void end_due();
  void end(session_record& session);
  void keep_bounds();
  void wake_when_due();
  void await(const connection_actor& who);
  void end_awaiting();
  sessions_facts describe() const;
  void show_size() { show_size(store_.size(), store_.bytes()); }
  void show_size(std::size_t count, std::size_t bytes);

  sessions_actor::pointer self_;
  lane_home* home_ = nullptr;
  session_store store_;
  shared_sessions shared_;
  search_map searches_;
  std::deque<deadline> until_when_;  // of searches, also ended ones, in order
  std::uint64_t last_search_ = 0;
  std::optional<time_point> wakes_at_;
  std::deque<awaited_client> awaited_;  // in order; a timer runs while there are some
  bool closed_ = false;                 // all sessions here end at once
};

/// To be called with true once the application was told of the end of a session: tells the sessions actor.
std::function<void(bool)> settling(sessions_actor of, std::string sid);

/// Spawns the sessions actor of a lane.
sessions_actor spawn_sessions(lane_home& home);

}  // namespace ability
