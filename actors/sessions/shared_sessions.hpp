/// The part of a sessions actor for sessions that nodes share.
#pragma once

#include <caf/actor_addr.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/sessions/session_vault.hpp"

namespace ability {

/// Asks the vault of the lane, if there is one. On the first lane, also tells it that the node is alive, and the
/// application of sessions that are due, those of dead nodes included.
class shared_sessions {
public:
  static constexpr std::chrono::seconds tick{1};

  /// Bound on the memory of a session. A larger one ends with its connection.
  static constexpr std::size_t largest = std::size_t{64} << 10;

  /// Bound on sids that are to be settled once the vault is back. Beyond it the application may be told again.
  static constexpr std::size_t most_unsettled = 100'000;

  explicit shared_sessions(sessions_actor::pointer self) : self_{self} {}

  void start(lane_home& home) { home_ = &home; }

  /// True if sessions without a connection are given to the vault.
  bool are_kept() const;

  /// Number of sessions of all nodes without a connection that the vault had lately; none if they are not shared, on
  /// all lanes but the first, and until the vault has told it for the first time.
  std::optional<std::uint64_t> kept_by_all() const;

  /// True if the vault can be asked. REQUIRES `are_kept()`.
  bool is_up() const;

  /// True if it can be given what waits for it.
  bool takes_more() const;

  /// Gives a session to the vault; `failed` gets it back if that fails.
  void keep(const session_ptr& session, std::function<void(session_ptr)> failed);

  /// Asks for a session. If the answer is lost, it is given back later.
  void take(const session_claim& claim, session_vault::then<vault_claim> done);

  caf::typed_response_promise<session_registered> register_one(const register_session& order);

  void end_all_of(const std::string& identity);

  /// Settles a session, now or once the vault is back. No effect without a vault.
  void settle(const std::string& sid);

  /// The application was told of a session, or the call was dropped.
  void note(const session_told& news);

  /// Bound on the connections that tell of changes at a time.
  static constexpr std::size_t most_changes = 5'000;

  /// A connection is to tell of a change within a `tick`, or once the vault is back: one timer serves all.
  void note(const session_changing& news);

  /// Does what is due.
  void go_on(bool is_closed);

  /// True if that has to be called again.
  bool has_work() const;

  /// Schedules a `vault_tick`, unless one is.
  void tick_soon();

  void note(const vault_tick& news) noexcept { ticks_ = ticks_ && !news.is_timer; }

  /// Answered once the vault has answered all that it was asked.
  caf::typed_response_promise<sessions_ended> flushed();

private:
  template <class Answer>
  session_vault::then<Answer> counted(session_vault::then<Answer> done);

  bool is_first_lane() const { return home_->here.lanes.front().get() == home_; }
  void ask_later(const std::string& sid, bool is_over);
  void ask(const std::string& sid, bool is_over);
  void tell_changes();
  void note(const redis_result<vault_size>& answer);
  void tell(redis_result<vault_due>& answer);

  sessions_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::size_t under_way_ = 0;  // questions to the vault
  std::vector<caf::typed_response_promise<sessions_ended>> flushed_;
  struct unsettled {
    std::string sid;
    bool is_over;  // false: it is to be released
  };
  std::deque<unsettled> unsettled_;
  std::unordered_set<std::string> being_told_;
  std::deque<caf::actor_addr> changed_;  // connections, some of which may have ended
  bool reaps_ = false;                   // a question is under way
  bool renewed_ = false;
  bool ticks_ = false;  // a `vault_tick` is scheduled
};

}  // namespace ability
