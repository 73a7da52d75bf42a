/// Ways to publish for virtual publishers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ability::load {

/// One publication.
struct load_message {
  std::string stream;
  std::string json;  ///< the message's JSON, see `append_message`
};

/// Outcome of one or more batches.
struct publish_news {
  std::int64_t at_ns = 0;   ///< time of the read; monotonic clock
  std::size_t batches = 0;  ///< number of settled batches, the oldest first
  bool accepted = false;    ///< true: all of them; false: none is known to be accepted
  std::string why;          ///< reason for the refusal: `HTTP 503`, `connection reset`
};

/// Limit of unanswered batches that a link has sent; further ones wait in the link.
inline constexpr std::size_t publish_window = 32;

/// A connection for publications. Connects at the first batch, and again after a loss. As with `client_link`, it is
/// used on one lane, and its callback is never called from within a function.
class publish_link {
public:
  publish_link() = default;
  publish_link(const publish_link&) = delete;
  publish_link& operator=(const publish_link&) = delete;
  virtual ~publish_link() = default;

  /// Publishes messages together. Each call is settled by a `publish_news`, in order. Calls need not wait for
  /// answers.
  virtual void publish(std::vector<load_message> batch) = 0;
};

using publish_callback = std::function<void(publish_news)>;

}  // namespace ability::load
