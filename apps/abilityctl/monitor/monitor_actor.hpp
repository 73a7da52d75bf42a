// The actor by which a monitoring client is attached, and where it leaves what it gets. Internal to `monitor_client`.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace ability {

/// What the actor got, for the thread that uses the client. `changed` is notified at each change.
struct monitor_inbox {
  struct fed {
    std::string kind;
    std::string json;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::string> answer;  ///< to the last question
  bool late = false;                  ///< it was not answered in time
  std::deque<fed> feed;               ///< not taken yet
  bool gone = false;                  ///< the node, or the connection to it
  bool stopped = false;               ///< by who uses the client
};

/// An actor that asks `node` and is fed by it. It takes:
///  * `ask_node`: one question, whose answer or lateness shows in the inbox. The one before must be over.
///  * `acknowledge_feed`: the oldest item was taken from the inbox.
/// An event-based one: a blocking one would keep each question's time-out in its mailbox for ever.
caf::actor spawn_monitor_actor(caf::actor_system& system, const caf::actor& node, std::chrono::milliseconds timeout,
                               std::shared_ptr<monitor_inbox> inbox);

void ask_node(const caf::actor& by, std::string verb, std::string arguments);

void acknowledge_feed(const caf::actor& by);

}  // namespace ability
