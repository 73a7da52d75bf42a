// The feeds of several nodes, brought together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

/// What one feed has to say.
struct feed_news {
  enum class what : std::uint8_t {
    status,    ///< an answer to that question: the first thing of a feed, then every few seconds
    nodes,     ///< the same
    snapshot,  ///<
    events,    ///<
    gone,      ///< the last thing
  };
  std::size_t source;  ///< what `follow` returned
  what kind;
  json data;
  std::string sentence;  ///< why it is gone
};

/// What all feeds are asked for.
struct watch_wish {
  std::chrono::milliseconds interval{1'000};
  json events = false;  ///< as the verb `watch` takes it
};

/// A thread for each node that is followed. What nobody takes is bounded: then nodes are kept waiting, and drop us.
class watch_feeds {
public:
  watch_feeds(attach_options how, watch_wish wish);
  watch_feeds(const watch_feeds&) = delete;
  watch_feeds& operator=(const watch_feeds&) = delete;

  /// Ends the threads; those that do not end in time are left behind (`let_threads_hang`).
  ~watch_feeds();

  /// Attaches to one more node. Sources are numbered from 0.
  std::size_t follow(const node_address& where);

  /// Attaches to a lost source again, after a second. What comes of it is news, as the first time.
  void follow_again(std::size_t source, const node_address& where);

  /// A file descriptor that can be read from while there is news.
  int descriptor() const noexcept;

  /// All news that there is, in order.
  std::vector<feed_news> take();

private:
  struct shared;
  void start(std::size_t source, const node_address& where, std::chrono::seconds wait);  // with the mutex held
  std::shared_ptr<shared> shared_;
};

}  // namespace ability
