/// Sessions that nodes share, in a vault that the test answers for. Includes CAF's test DSL: include it last.
#pragma once

#include <memory>
#include <string>

#include "tests/actors/support/fake_session_vault.hpp"
// last
#include "tests/actors/sessions/sessions_fixture.hpp"

namespace ability {

/// A node of one lane that keeps sessions for a minute, and three of them itself.
struct shared_sessions_fixture : sessions_fixture {
  shared_sessions_fixture()
      : sessions_fixture{{.streams = {.public_streams = true}, .sessions = {.ttl = 60s, .max_kept = 3}}} {
    home().vault = vault;
  }

  ~shared_sessions_fixture() override { home().vault = nullptr; }

  lane_home& home() { return *here.lanes.front(); }

  texts told() const {
    texts sids;
    for (const auto& each : disconnects())
      sids.push_back(each.sid);
    return sids;
  }

  void answers_disconnect() { answer(rpc_reply{.status = rpc_status::success}); }

  // The vault is there from now on.
  void vault_is_up() {
    vault->up = true;
    caf::anon_send(home().sessions, vault_tick{});
    consume_messages();
  }

  void comes_up_with_questions_answered() {
    vault->answer_all();
    consume_messages();
  }

  void drains(const client& who) {
    caf::anon_send(who.actor, disconnect_client{{}, std::string{disconnect_reason::server_restart}, true});
    consume_messages();
  }

  std::shared_ptr<fake_session_vault> vault = std::make_shared<fake_session_vault>(*here.lanes.front());
};

}  // namespace ability
