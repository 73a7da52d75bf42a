// The actor that attaches a monitoring client, and its inbox. Internal to `monitor_client`.
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

/// Results of the actor for the client's thread. `changed` is notified at each change.
struct monitor_inbox {
  struct fed {
    std::string kind;
    std::string json;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::string> answer;  ///< answer to the last question
  bool late = false;                  ///< the question was not answered in time
  std::deque<fed> feed;               ///< items not taken yet
  bool gone = false;                  ///< the node or the connection to it has ended
  bool stopped = false;               ///< stopped by the client's user
};

/// An actor that asks `node` and receives its feed. It handles:
/// * `ask_node`: sends one question; the inbox gets the answer or `late`. The previous question must be finished.
/// * `acknowledge_feed`: acknowledges that the oldest item was taken from the inbox.
/// It is event-based: a blocking actor would keep each question's timeout in its mailbox forever.
caf::actor spawn_monitor_actor(caf::actor_system& system, const caf::actor& node, std::chrono::milliseconds timeout,
                               std::shared_ptr<monitor_inbox> inbox);

void ask_node(const caf::actor& by, std::string verb, std::string arguments);

void acknowledge_feed(const caf::actor& by);

}  // namespace ability
