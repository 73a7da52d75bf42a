#include "net/redis/redis_session_vault.hpp"

#include <caf/send.hpp>
#include <memory>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/sessions/packed_session.hpp"
#include "net/redis/redis_order.hpp"
#include "protocol/redis_sessions/session_answers.hpp"

namespace ability {

// A session with the texts that its packed form refers to.
struct redis_session_vault::packed_record {
  explicit packed_record(const session_record& from)
      : sid{from.sid},
        credential{session_digest(text_of(from.credential))},
        identity{session_digest(from.identity)},
        body{pack_session(from)},
        is_owed{from.owes_disconnect} {}

  packed_session form() const {
    return {.sid = sid, .credential = credential, .identity = identity, .is_owed = is_owed, .body = body};
  }

  std::string sid;
  std::string credential;
  std::string identity;
  std::string body;
  bool is_owed;
};

// A command that is the same in each attempt.
class redis_session_vault::question final : public redis_order {
public:
  using answered_by = std::function<void(redis_result<redis_value>)>;

  question(session_command what, bool may_repeat, answered_by done)
      : what_{std::move(what)}, may_repeat_{may_repeat}, done_{std::move(done)} {}

  std::string command(const redis_server_info&, const redis_attempt& how) override { return what_.bytes(how.form); }
  void answered(redis_result<redis_value> reply, const redis_attempt&) override { done_(std::move(reply)); }
  bool may_repeat() const override { return may_repeat_; }
  std::size_t size() const override {
    auto all = sizeof *this;
    for (const auto& each : what_.words)
      all += each.size();
    return all;
  }

private:
  const session_command what_;
  const bool may_repeat_;
  const answered_by done_;
};

// A session on its way. Another process of Redis may not have what an earlier attempt gave to the one before.
class redis_session_vault::keeping final : public redis_order {
public:
  keeping(redis_session_vault& vault, const session_record& what, std::chrono::milliseconds ttl, bool is_repeat,
          then<bool> done)
      : vault_{vault},
        what_{what},
        ttl_{ttl},
        tried_{is_repeat ? vault.unsure_of_ : std::string{}},
        done_{std::move(done)} {}

  std::string command(const redis_server_info& server, const redis_attempt& how) override {
    const bool may_be_there = !tried_.empty() && tried_ == server.run_id;
    tried_ = server.run_id;
    return keep_command(vault_.caller(ttl_), what_.form(), may_be_there).bytes(how.form);
  }

  void answered(redis_result<redis_value> reply, const redis_attempt&) override {
    if (const auto* const error = std::get_if<redis_error>(&reply); error != nullptr && !is_not_run(error->why))
      vault_.unsure_of_ = tried_;
    vault_.answer<bool>(done_, vault_.read_with<bool>(read_done, reply));
  }

  bool may_repeat() const override { return true; }
  std::size_t size() const override { return sizeof *this + what_.body.size(); }

private:
  redis_session_vault& vault_;
  const packed_record what_;
  const std::chrono::milliseconds ttl_;
  std::string tried_;  // `run_id` of the server of the last attempt; empty: there was none
  const then<bool> done_;
};

redis_session_vault::redis_session_vault(lane_home& home, std::string_view prefix, redis_servers& to,
                                         std::string_view node)
    : home_{home}, keys_{prefix}, node_{node.substr(0, session_node_size)}, to_{to} {}

void redis_session_vault::connected() { caf::anon_send(home_.sessions, vault_tick{}); }

std::string redis_session_vault::channel() const {
  return home_.here.lanes.front().get() == &home_ ? keys_.channel_of(node_) : std::string{};
}

void redis_session_vault::wanted(const std::string& sid) {
  caf::anon_send(home_.here.sessions_of(sid), session_wanted{sid});
}

// -- questions and answers ---

template <class Answer>
void redis_session_vault::ask(session_command what, bool may_repeat, reader<Answer> read, then<Answer> done) {
  to_.send(keys_.records, std::make_shared<question>(
                              std::move(what), may_repeat,
                              [this, read = std::move(read), done = std::move(done)](redis_result<redis_value> reply) {
                                answer<Answer>(done, read_with<Answer>(read, reply));
                              }));
}

template <class Answer>
redis_result<Answer> redis_session_vault::read_with(const reader<Answer>& read, redis_result<redis_value>& reply) {
  if (auto* const error = std::get_if<redis_error>(&reply))
    return std::move(*error);
  auto got = read(std::get<redis_value>(reply));
  if (const auto* const error = std::get_if<redis_error>(&got))
    to_.leave_if_wrong(keys_.records, error->why, "a session");
  return got;
}

template <class Answer>
void redis_session_vault::answer(const then<Answer>& done, redis_result<Answer> with) {
  caf::anon_send(home_.sessions, vault_answered{[done, with = std::move(with)] { done(with); }});
}

void redis_session_vault::owe(const std::string& sid, session_ptr session, const std::string& replaced,
                              then<bool> done) {
  if (session == nullptr) {
    ask<bool>(owe_command(caller(), sid, nullptr, replaced), true, read_done, std::move(done));
    return;
  }
  const packed_record what{*session};
  const auto form = what.form();
  ask<bool>(owe_command(caller(), sid, &form, replaced), true, read_done, std::move(done));
}

void redis_session_vault::keep(session_ptr session, std::chrono::milliseconds ttl, bool is_repeat, then<bool> done) {
  to_.send(keys_.records, std::make_shared<keeping>(*this, *session, ttl, is_repeat, std::move(done)));
}

void redis_session_vault::release(const std::string& sid, std::chrono::milliseconds ttl, then<bool> done) {
  ask<bool>(release_command(caller(ttl), sid), true, read_done, std::move(done));
}

void redis_session_vault::take(const session_claim& claim, then<vault_claim> done) {
  const auto identity = claim.identity.empty() ? std::string{} : session_digest(claim.identity);
  ask<vault_claim>(
      take_command(caller(), claim.sid, session_digest(text_of(claim.credential)), identity, to_.is_sharded()), false,
      [this, sid = claim.sid](const redis_value& reply) { return read_claim(sid, reply); }, std::move(done));
}

redis_result<vault_claim> redis_session_vault::read_claim(const std::string& sid, const redis_value& reply) {
  auto read = read_found(reply);
  if (auto* const error = std::get_if<redis_error>(&read))
    return std::move(*error);
  const auto& found = std::get<session_found>(read);
  switch (found.what) {
    case session_found::outcome::found:
      if (auto session = unpack_session(found.body); session != nullptr && session->sid == sid)
        return vault_claim{vault_claim::outcome::found, std::move(session)};
      drop_malformed(sid);
      break;
    case session_found::outcome::foreign:
      return vault_claim{vault_claim::outcome::foreign};
    case session_found::outcome::open:
      return vault_claim{vault_claim::outcome::open};
    case session_found::outcome::unknown:
      break;
  }
  return vault_claim{vault_claim::outcome::unknown};
}

void redis_session_vault::settle(const std::string& sid, then<bool> done) {
  ask<bool>(settle_command(caller(), sid), true, read_done, std::move(done));
}

void redis_session_vault::end_all_of(const std::string& identity, then<bool> done) {
  end_from(session_digest(identity), {}, done);
}

void redis_session_vault::end_from(const std::string& identity, const std::string& behind, const then<bool>& done) {
  to_.send(keys_.records, std::make_shared<question>(end_of_command(caller(), identity, behind), true,
                                                     [this, identity, done](redis_result<redis_value> reply) {
                                                       auto read = read_with<std::string>(read_ended, reply);
                                                       if (auto* const error = std::get_if<redis_error>(&read))
                                                         answer<bool>(done, std::move(*error));
                                                       else if (const auto& last = std::get<std::string>(read);
                                                                !last.empty())
                                                         end_from(identity, last, done);
                                                       else
                                                         answer<bool>(done, true);
                                                     }));
}

// -- all sessions ---

void redis_session_vault::renew(std::chrono::milliseconds ttl, then<vault_size> done) {
  ask<vault_size>(
      renew_command(caller(ttl)), false,
      [](const redis_value& reply) -> redis_result<vault_size> {
        auto read = read_shared(reply);
        if (auto* const error = std::get_if<redis_error>(&read))
          return std::move(*error);
        const auto& all = std::get<sessions_shared>(read);
        return vault_size{.had_lease = all.had_lease, .freed = all.freed, .kept = all.due, .all = all.all};
      },
      std::move(done));
}

void redis_session_vault::reap(bool can_tell, then<vault_due> done) {
  ask<vault_due>(
      reap_command(caller(), can_tell), false, [this](const redis_value& reply) { return read_due(reply); },
      std::move(done));
}

redis_result<vault_due> redis_session_vault::read_due(const redis_value& reply) {
  auto read = read_reaped(reply);
  if (auto* const error = std::get_if<redis_error>(&read))
    return std::move(*error);
  const auto& reaped = std::get<sessions_reaped>(read);
  vault_due due{.ended = reaped.ended};
  for (const auto& [sid, body] : reaped.owed)
    if (auto session = unpack_session(body); session != nullptr && session->sid == sid)
      due.owed.push_back(std::move(session));
    else
      drop_malformed(sid);
  return due;
}

// The application cannot be told of a session that cannot be read.
void redis_session_vault::drop_malformed(const std::string& sid) {
  home_.counters.sessions_malformed.add();
  log(log_level::error, "a session in Redis cannot be read, so it is dropped", {{"sid", sid}});
  to_.send(keys_.records,
           std::make_shared<question>(settle_command(caller(), sid), true, [](const redis_result<redis_value>&) {}));
}

}  // namespace ability
