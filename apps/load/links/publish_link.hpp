/// Where a virtual publisher hands in what it publishes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ability::load {

/// One publication.
struct load_message {
  std::string stream;
  std::string json;  ///< of the message, see `append_message`
};

/// An answer, or that there will be none.
struct publish_news {
  std::int64_t at_ns = 0;   ///< when it was read; monotonic clock
  std::size_t batches = 0;  ///< that are settled by it, the oldest first
  bool accepted = false;    ///< all of them; else none is known to be
  std::string why;          ///< why not: `HTTP 503`, `connection reset`
};

/// Batches that a link sends without having answers; what is handed in beyond waits in the link.
inline constexpr std::size_t publish_window = 32;

/// A way into the server. Connects when it is first needed, and anew after a loss. As `client_link`: one lane, and
/// never told from within.
class publish_link {
public:
  publish_link() = default;
  publish_link(const publish_link&) = delete;
  publish_link& operator=(const publish_link&) = delete;
  virtual ~publish_link() = default;

  /// Hands in messages, together. Each call is settled by a `publish_news`, in order. Calls may follow each other
  /// without waiting for answers.
  virtual void publish(std::vector<load_message> batch) = 0;
};

using publish_callback = std::function<void(publish_news)>;

}  // namespace ability::load
