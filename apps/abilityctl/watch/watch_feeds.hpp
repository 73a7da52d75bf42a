// The merged feeds of several nodes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

/// One item of a node's feed.
struct feed_news {
  enum class what : std::uint8_t {
    status,  ///< answer to `status`: first item of a feed, then every few seconds
    nodes,   ///< answer to `nodes`, as often
    snapshot,
    events,
    gone,  ///< end of the feed, the last item
  };
  std::size_t source;  ///< number returned by `follow`
  what kind;
  json data;
  std::string sentence;  ///< reason for the end
};

/// The request that is sent to each node.
struct watch_wish {
  std::chrono::milliseconds interval{1'000};
  json events = false;  ///< events to send, in the form that the verb `watch` accepts
};

/// Runs one thread per followed node. The queue of items is bounded: when it is full, nodes wait and disconnect us.
class watch_feeds {
public:
  watch_feeds(attach_options how, watch_wish wish);
  watch_feeds(const watch_feeds&) = delete;
  watch_feeds& operator=(const watch_feeds&) = delete;

  /// Ends the threads. Threads that do not end in time are abandoned (`let_threads_hang`).
  ~watch_feeds();

  /// Attaches to one more node. Sources are numbered from 0.
  std::size_t follow(const node_address& where);

  /// Attaches to a lost source again after one second. The outcome is an item, as at the first time.
  void follow_again(std::size_t source, const node_address& where);

  /// A file descriptor that is readable while items are queued.
  int descriptor() const noexcept;

  /// Removes and returns all queued items in order.
  std::vector<feed_news> take();

private:
  struct shared;
  void start(std::size_t source, const node_address& where, std::chrono::seconds wait);  // with the mutex held
  std::shared_ptr<shared> shared_;
};

}  // namespace ability
