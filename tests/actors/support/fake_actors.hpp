/// Actors that only record the messages they receive.
#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <vector>

#include "actors/broadcast/messages.hpp"
#include "actors/connection/messages.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Messages that a connection has received.
struct connection_record {
  std::vector<batch_ptr> batches;
  std::vector<disconnect_client> goodbyes;
};

inline connection_actor::behavior_type fake_connection(connection_actor::pointer,
                                                       std::shared_ptr<connection_record> told) {
  return {
      [](start_handshake) {},
      [](const client_said&) {},
      [](client_gone) {},
      [told](const deliver& frames) {
        frames.frames->claim();
        told->batches.push_back(frames.frames);
      },
      [](const history_lost&) {},
      [told](const disconnect_client& why) { told->goodbyes.push_back(why); },
      [](const surrender_session&) {},
      [](session_changed) {},
      [](follow_awaited) {},
      [](describe_connection) { return connection_facts{}; },
  };
}

/// Messages that a directory has received from its streams.
struct directory_record {
  std::vector<stream_idle> idle;
};

inline directory_actor::behavior_type fake_directory(directory_actor::pointer, std::shared_ptr<directory_record> told) {
  return {
      [](const subscribe&) -> caf::result<subscribed> { return caf::sec::unexpected_message; },
      [](const unsubscribe&) {},
      [](const broadcasts&) {},
      [](const presence_call&) { return presence_answer{}; },
      [](const member_gone&) {},
      [](const list_history&) { return history_page{}; },
      [told](const stream_idle& notice) { told->idle.push_back(notice); },
      [](const link_opened&) {},
      [](const link_closed&) {},
      [](const peer_interest&) {},
      [](const interest_settled&) {},
      [](const gap_opened&) {},
      [](forwards_due) {},
      [](log_dropped) {},
      [](const append_answered&) {},
      [](interest_due) {},
      [](const list_streams&) { return stream_page{}; },
      [](const describe_stream&) { return stream_facts{}; },
      [](const describe_history&) { return history_facts{}; },
      [](const describe_presence&) { return presence_facts{}; },
  };
}

}  // namespace ability
