/// One client of this node, as the parts of its connection share it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/connection/app_dialogue.hpp"
#include "actors/connection/authentication.hpp"
#include "actors/connection/client_session.hpp"
#include "actors/connection/subscriptions.hpp"
#include "actors/node/node.hpp"
#include "actors/sessions/session_record.hpp"

namespace ability {

/// The phases of a connection.
enum class connection_phase : std::uint8_t {
  created,         ///< the client has not asked to be admitted
  authenticating,  ///< another actor is asked about the client
  withdrawn,       ///< the client left while authenticating; the connection ends with the answer
  open,            ///< the client was admitted
  leaving,         ///< the client has left; the connection ends once its commands are answered
};

/// The part of a client whose session may outlive its connection.
struct resumable_session {
  session_credential credential;
  std::vector<std::string> earlier_sids = {};  ///< sids that it was restored from, latest last
  session_ptr taken = {};                      ///< record that is being restored; null: none
  bool is_change_due = false;                  ///< a `session_changed` is scheduled
};

/// The identity of a client, its session, and the state that outlives a single command.
struct connected_client {
  explicit connected_client(connection_actor::pointer actor) : self{actor} {}

  /// True from the admission on, even when leaving.
  bool is_admitted() const noexcept { return !identity.empty(); }

  /// Hash of the identity, for the registry.
  std::size_t identity_hash() const noexcept { return std::hash<std::string>{}(identity); }

  /// True if `excluded` names the session, now or before it was restored.
  bool is_called(std::string_view excluded) const noexcept {
    return excluded == sid || (resumable != nullptr &&
                               std::ranges::find(resumable->earlier_sids, excluded) != resumable->earlier_sids.end());
  }

  /// Notes that the client is admitted, tells the registry, and completes the handshake.
  void admit(admission_granted granted);

  /// Notes that the client leaves, for the first `reason` given, and frees the memory of its socket. The session's
  /// functions do nothing from now on.
  void leave(std::string_view reason);

  /// Has the session end with its connection.
  void forfeit_session();

  /// Sends texts of the application.
  void transmit(const std::vector<std::string>& texts) const;

  /// Sends the frames of a batch, except those that the client must not receive.
  void send(const batch& frames) const;

  // A delivery touches those up to `sid` only.
  connection_actor::pointer self;
  lane_home* home = nullptr;
  std::shared_ptr<client_session> session;
  ability::subscriptions subscriptions;
  std::string sid;
  std::string identity;  ///< empty until admission
  app_dialogue application;
  std::unique_ptr<resumable_session> resumable;   ///< null: the session ends with its connection
  std::chrono::steady_clock::time_point since{};  ///< time of admission
  connection_phase phase = connection_phase::created;
  bool is_registered = false;  ///< other nodes know of the session, and are to be told of its end
};

}  // namespace ability
