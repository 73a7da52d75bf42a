/// The sessions that nodes share, in Redis.
/// Source: docs/reliable-streams.md "Sessions in Redis".
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "actors/node/node.hpp"
#include "actors/sessions/session_vault.hpp"
#include "net/redis/redis_servers.hpp"
#include "protocol/redis_sessions/session_commands.hpp"

namespace ability {

/// Uses the connections of the lane's log store, and lives as long. Use on the lane.
class redis_session_vault final : public session_vault {
public:
  /// `node`: random name of this run of the daemon, of which the first `session_node_size` characters are used.
  /// REQUIRES that it has as many, that none is `:` or `!`, and that it does not begin with `-`.
  redis_session_vault(lane_home& home, std::string_view prefix, redis_servers& to, std::string_view node);
  redis_session_vault(const redis_session_vault&) = delete;
  redis_session_vault& operator=(const redis_session_vault&) = delete;

  /// The connection came up.
  void connected();

  /// The channel on which other nodes ask for sessions of this one; empty: another lane has it.
  std::string channel() const;

  /// Another node asks.
  void wanted(const std::string& sid);

  bool is_up() const override { return to_.refuses() != redis_failure::away; }
  bool is_full() const override { return to_.refuses() == redis_failure::full; }
  void owe(const std::string& sid, session_ptr session, const std::string& replaced, then<bool> done) override;
  void keep(session_ptr session, std::chrono::milliseconds ttl, bool is_repeat, then<bool> done) override;
  void take(const session_claim& claim, then<vault_claim> done) override;
  void release(const std::string& sid, std::chrono::milliseconds ttl, then<bool> done) override;
  void settle(const std::string& sid, then<bool> done) override;
  void end_all_of(const std::string& identity, then<bool> done) override;
  void renew(std::chrono::milliseconds ttl, then<vault_size> done) override;
  void reap(bool can_tell, then<vault_due> done) override;

private:
  template <class Answer>
  using reader = std::function<redis_result<Answer>(const redis_value&)>;

  struct packed_record;
  class question;
  class keeping;

  template <class Answer>
  void ask(session_command what, bool may_repeat, reader<Answer> read, then<Answer> done);
  template <class Answer>
  redis_result<Answer> read_with(const reader<Answer>& read, redis_result<redis_value>& reply);
  template <class Answer>
  void answer(const then<Answer>& done, redis_result<Answer> with);
  void end_from(const std::string& identity, const std::string& behind, const then<bool>& done);
  redis_result<vault_claim> read_claim(const std::string& sid, const redis_value& reply);
  redis_result<vault_due> read_due(const redis_value& reply);
  void drop_malformed(const std::string& sid);
  session_caller caller(std::chrono::milliseconds ttl) const { return {keys_, node_, ttl}; }
  session_caller caller() const { return caller(home_.settings.sessions.ttl); }

  lane_home& home_;
  const session_keys keys_;
  const std::string node_;
  redis_servers& to_;
  std::string unsure_of_;  // `run_id` of the server whose answer to a `keep` was lost last
};

}  // namespace ability
