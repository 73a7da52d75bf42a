/// Shared sessions that a test answers for.
#pragma once

#include <algorithm>
#include <caf/send.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/sessions/session_vault.hpp"

namespace ability {

/// Keeps sessions as copies in packed form would be, and records what it was asked. Answers at once, or with `holds`
/// when the test says so.
class fake_session_vault final : public session_vault {
public:
  explicit fake_session_vault(lane_home& home) : home_{home} {}

  bool is_up() const override { return up; }
  bool is_full() const override { return full; }

  void owe(const std::string& sid, session_ptr session, const std::string& replaced, then<bool> done) override {
    asked.push_back("owe " + (session == nullptr ? "nothing" : sid) + (replaced.empty() ? "" : " for " + replaced));
    answer<bool>(std::move(done), [this, sid, session, replaced] {
      owed.erase(replaced);
      if (session != nullptr)
        owed[sid] = session;
      return true;
    });
  }

  void keep(session_ptr session, std::chrono::milliseconds ttl, bool is_repeat, then<bool> done) override {
    asked.push_back((is_repeat ? "repeat " : "keep ") + session->sid);
    kept_for = ttl;
    answer<bool>(std::move(done), [this, session] {
      if (gone.contains(session->sid))
        return false;
      owed.erase(session->sid);
      kept[session->sid] = session;
      return true;
    });
  }

  void take(const session_claim& claim, then<vault_claim> done) override {
    asked.push_back("take " + claim.sid);
    answer<vault_claim>(std::move(done), [this, claim]() -> vault_claim {
      if (elsewhere.contains(claim.sid))
        return {vault_claim::outcome::open};
      const auto found = kept.find(claim.sid);
      if (found == kept.end())
        return {vault_claim::outcome::unknown};
      if (!fits(claim, found->second->credential, found->second->identity))
        return {vault_claim::outcome::foreign};
      auto session = found->second;
      kept.erase(found);
      owed[claim.sid] = session;
      return {vault_claim::outcome::found, session};
    });
  }

  void release(const std::string& sid, std::chrono::milliseconds, then<bool> done) override {
    asked.push_back("release " + sid);
    answer<bool>(std::move(done), [] { return true; });
  }

  void settle(const std::string& sid, then<bool> done) override {
    asked.push_back("settle " + sid);
    answer<bool>(std::move(done), [this, sid] { return owed.erase(sid) + due.erase(sid) > 0; });
  }

  void end_all_of(const std::string& identity, then<bool> done) override {
    asked.push_back("end " + identity);
    answer<bool>(std::move(done), [] { return true; });
  }

  void renew(std::chrono::milliseconds, then<vault_size> done) override {
    ++renewals;
    answer<vault_size>(std::move(done),
                       [this] { return vault_size{.had_lease = std::exchange(has_lease, true), .kept = kept.size()}; });
  }

  void reap(bool, then<vault_due> done) override {
    answer<vault_due>(std::move(done), [this] {
      vault_due all;
      for (const auto& [sid, session] : due)
        all.owed.push_back(std::make_shared<session_record>(copy_of(*session)));
      return all;
    });
  }

  // -- for the test

  /// The questions since the last call, but those about all sessions.
  std::vector<std::string> questions() { return std::exchange(asked, {}); }

  /// Answers the questions that were held, or loses their answers.
  void answer_all() {
    for (auto& each : std::exchange(held, {}))
      each(std::nullopt);
  }
  void fail_all(redis_failure why) {
    for (auto& each : std::exchange(held, {}))
      each(why);
  }

  /// Time is over for a session.
  void let_run_out(const std::string& sid) { due[sid] = kept.extract(sid).mapped(); }

  bool up = true;
  bool full = false;
  bool holds = false;
  bool has_lease = false;
  std::size_t renewals = 0;
  std::chrono::milliseconds kept_for{};
  std::map<std::string, session_ptr> kept;  // without a connection
  std::map<std::string, session_ptr> owed;  // with a connection here
  std::map<std::string, session_ptr> due;
  std::set<std::string> elsewhere;  // sids of open connections of another node
  std::set<std::string> gone;       // sids that another node has by now
  std::vector<std::string> asked;
  std::vector<std::function<void(std::optional<redis_failure>)>> held;

private:
  static session_record copy_of(const session_record& from) {
    session_record made;
    made.sid = from.sid;
    made.identity = from.identity;
    made.credential = from.credential;
    made.env = from.env;
    made.was_asked = from.was_asked;
    made.owes_disconnect = from.owes_disconnect;
    return made;
  }

  template <class Answer, class Make>
  void answer(then<Answer> done, Make make) {
    auto give = [this, done = std::move(done), make = std::move(make)](std::optional<redis_failure> why) {
      redis_result<Answer> with = redis_error{why.value_or(redis_failure::other)};
      if (!why)
        with = make();
      caf::anon_send(home_.sessions, vault_answered{[done, with] { done(with); }});
    };
    if (!up)
      give(redis_failure::away);
    else if (holds)
      held.push_back(std::move(give));
    else
      give(std::nullopt);
  }

  lane_home& home_;
};

}  // namespace ability
