/// The actors of the generator and their messages. All messages stay in the process.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "apps/load/links/client_link.hpp"
#include "apps/load/links/publish_link.hpp"
#include "apps/load/scenario/steps.hpp"

namespace ability::load {

struct lane_counts;
struct part_order;

// -- to a virtual client ------------------------------------------------------------------------------------------

/// News of its connection number `link`.
struct link_told {
  std::uint32_t link;
  link_news news;
};

/// News of its publish link number `link`.
struct publish_told {
  std::uint32_t link;
  publish_news news;
};

/// A timer has expired; `number` tells whether the client still waits for it.
struct step_time {
  std::uint32_t number;
};
struct link_time {
  std::uint32_t number;
};

/// Start or continue the steps.
struct do_steps {};

/// Permission to connect. Answered by `connect_settled`.
struct may_connect {};

/// All clients of the meet have come.
struct meet_opened {};

/// Do no further step. `why`: the reason; `is_failure`: true if the client fails by it.
struct halt_steps {
  std::string why;
  bool is_failure;
};

/// Publications have ended: report when all expected messages have arrived.
struct wind_down {};

/// The run is over: count the missing messages and end.
struct dismiss {};

/// One per client of a scenario, on a lane.
using virtual_client_actor = caf::typed_actor<
    // Its connection.
    caf::reacts_to<link_told>,
    // Its publish link.
    caf::reacts_to<publish_told>,
    // INTERNAL: the lane's clock.
    caf::reacts_to<step_time>, caf::reacts_to<link_time>,
    // The conductor, and INTERNAL.
    caf::reacts_to<do_steps>,
    // The conductor.
    caf::reacts_to<may_connect>, caf::reacts_to<meet_opened>, caf::reacts_to<halt_steps>, caf::reacts_to<wind_down>,
    caf::reacts_to<dismiss>>;

// -- to a lane's keeper -------------------------------------------------------------------------------------------

/// Report the counts since the last report.
struct hand_over {
  bool is_last;  ///< and end
};

/// One per lane: checks its clock, and reports the counts of its clients.
using lane_keeper_actor = caf::typed_actor<
    // The conductor.
    caf::reacts_to<hand_over>>;

// -- to the conductor ---------------------------------------------------------------------------------------------

/// A client's request to connect. Answered by `may_connect`.
struct connect_wanted {
  std::size_t group;
  virtual_client_actor client;
};

/// The attempt to connect has succeeded or failed.
struct connect_settled {
  std::size_t group;
};

/// A client waits at a meet. Answered by `meet_opened`.
struct came_to_meet {
  std::size_t meet;
  virtual_client_actor client;
};

/// A client does no further step.
struct client_finished {
  std::size_t group;
  caf::actor_id client;
};

/// A client that winds down has received all expected messages.
struct client_settled {};

/// A client has ended.
struct client_left {};

/// The counts of a lane.
struct lane_counted {
  std::shared_ptr<lane_counts> counts;
};

/// A timer has expired.
struct conductor_time {
  enum class kind : std::uint8_t { ramp, second };
  kind what;
};

/// One per process: begins clients, lets them connect and meet, and collects the lanes' counts.
using conductor_actor = caf::typed_actor<
    // A client.
    caf::reacts_to<connect_wanted>, caf::reacts_to<connect_settled>, caf::reacts_to<came_to_meet>,
    caf::reacts_to<client_finished>, caf::reacts_to<client_settled>, caf::reacts_to<client_left>,
    // A keeper.
    caf::reacts_to<lane_counted>,
    // INTERNAL: the clock.
    caf::reacts_to<conductor_time>,
    // The director.
    caf::reacts_to<part_order>>;

}  // namespace ability::load

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::link_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::publish_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::step_time)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::link_time)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::do_steps)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::may_connect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::meet_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::halt_steps)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::wind_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::dismiss)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::hand_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::connect_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::connect_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::came_to_meet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::client_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::client_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::client_left)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::lane_counted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::conductor_time)
