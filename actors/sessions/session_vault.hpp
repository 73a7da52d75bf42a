/// The sessions that nodes share, such as in Redis.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/sessions/session_record.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// The answer of a vault to a claim.
struct vault_claim {
  enum class outcome : std::uint8_t {
    found,    ///< the session is the asker's from now on
    unknown,  ///< there is none
    foreign,  ///< the claim does not fit it
    open,     ///< it has a connection at another node, which was asked to end it: ask again soon
  };
  outcome what = outcome::unknown;
  session_ptr session = {};  ///< null unless it was found
};

/// The sessions of all nodes.
struct vault_size {
  bool had_lease = false;   ///< false: the node was not known, or taken to be dead
  std::uint64_t freed = 0;  ///< sessions of a dead node whose clients may come back to any node now
  std::uint64_t kept = 0;   ///< sessions without a connection
  std::uint64_t all = 0;
};

/// Sessions whose clients have not come back.
struct vault_due {
  std::uint64_t ended = 0;             ///< they are owed no `disconnect`, and are gone
  std::vector<session_ptr> owed = {};  ///< the application is to be told of these, and then the vault
};

/// The access of one lane to shared sessions; `net/` implements it, tests fake it. All functions are called by the
/// sessions actor of the lane, which gets each answer as `vault_answered`, in a bounded time and in the order of the
/// questions. Commands about one session are given in one lane, so that they are carried out in order.
class session_vault {
public:
  /// Called by the sessions actor.
  template <class Answer>
  using then = std::function<void(redis_result<Answer>)>;

  virtual ~session_vault() = default;

  /// False: questions fail at once.
  virtual bool is_up() const = 0;

  /// True: too many questions wait; what can wait should not be asked.
  virtual bool is_full() const = 0;

  /// Notes that the application is owed a `disconnect` for a session with a connection, which was taken from the vault
  /// by the sid `replaced`, or empty. With null: that it is owed none. False: another node has the session by now.
  virtual void owe(const std::string& sid, session_ptr session, const std::string& replaced, then<bool> done) = 0;

  /// Keeps a session without a connection for `ttl`. `is_repeat`: an earlier attempt may have been carried out. False:
  /// it is another node's by now.
  virtual void keep(session_ptr session, std::chrono::milliseconds ttl, bool is_repeat, then<bool> done) = 0;

  virtual void take(const session_claim& claim, then<vault_claim> done) = 0;

  /// Gives a session back, if the answer to a claim was lost and the session is this node's.
  virtual void release(const std::string& sid, std::chrono::milliseconds ttl, then<bool> done) = 0;

  /// Notes that the application was told of the end, or need not be.
  virtual void settle(const std::string& sid, then<bool> done) = 0;

  /// Ends sessions of an identity that have no connection: they become due.
  virtual void end_all_of(const std::string& identity, then<bool> done) = 0;

  /// Tells that this node is alive, and has sessions of one that is not kept for `ttl`.
  virtual void renew(std::chrono::milliseconds ttl, then<vault_size> done) = 0;

  /// Leases some sessions that are due, for a minute, in which they are to be settled. `can_tell`: there is an
  /// application here.
  virtual void reap(bool can_tell, then<vault_due> done) = 0;
};

}  // namespace ability
