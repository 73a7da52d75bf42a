/// The actors of the generator and what they tell each other. All of it stays in the process.
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
#include "apps/load/run/part_talk.hpp"
#include "apps/load/scenario/steps.hpp"

namespace ability::load {

struct lane_counts;

// -- to a virtual client ------------------------------------------------------------------------------------------

/// Its connection number `link` tells something.
struct link_told {
  std::uint32_t link;
  link_news news;
};

/// Its way to publish that was opened as number `link` tells something.
struct publish_told {
  std::uint32_t link;
  publish_news news;
};

/// A time that it asked for has come; `number` tells whether it still wants it.
struct step_time {
  std::uint32_t number;
};
struct link_time {
  std::uint32_t number;
};

/// Do your steps.
struct do_steps {};

/// It is your turn to connect. To be answered by `connect_settled`.
struct may_connect {};

/// All have come whom you waited for.
struct meet_opened {};

/// Do no further step. `why` you did not do all, and whether you failed by it.
struct halt_steps {
  std::string why;
  bool is_failure;
};

/// Nothing is published any more: tell when all that you must get has come.
struct wind_down {};

/// The run is over: count what did not come, and go.
struct dismiss {};

/// One per client of a scenario, on a lane.
using virtual_client_actor = caf::typed_actor<
    // Its link.
    caf::reacts_to<link_told>,
    // Its way to publish.
    caf::reacts_to<publish_told>,
    // INTERNAL: the lane's clock.
    caf::reacts_to<step_time>, caf::reacts_to<link_time>,
    // The conductor, and INTERNAL.
    caf::reacts_to<do_steps>,
    // The conductor.
    caf::reacts_to<may_connect>, caf::reacts_to<meet_opened>, caf::reacts_to<halt_steps>, caf::reacts_to<wind_down>,
    caf::reacts_to<dismiss>>;

// -- to a lane's keeper -------------------------------------------------------------------------------------------

/// Hand over what was counted since you last did.
struct hand_over {
  bool is_last;  ///< and go
};

/// One per lane: watches its clock, and hands over what its clients count.
using lane_keeper_actor = caf::typed_actor<
    // The conductor.
    caf::reacts_to<hand_over>>;

// -- to the conductor ---------------------------------------------------------------------------------------------

/// A client wants to connect. Answered by `may_connect`.
struct connect_wanted {
  std::size_t group;
  virtual_client_actor client;
};

/// It was let in, or was not.
struct connect_settled {
  std::size_t group;
};

/// A client waits for the others of a meet. Answered by `meet_opened`.
struct came_to_meet {
  std::size_t meet;
  virtual_client_actor client;
};

/// A client does no further step.
struct client_finished {
  std::size_t group;
  caf::actor_id client;
};

/// A client that was told to wind down has all it must get.
struct client_settled {};

/// A client has gone.
struct client_left {};

/// What a lane has counted.
struct lane_counted {
  std::shared_ptr<lane_counts> counts;
};

/// A time has come.
struct conductor_time {
  enum class kind : std::uint8_t { ramp, second };
  kind what;
};

/// One per process: begins clients, lets them connect and meet, and gathers what lanes count.
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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::part_order)
