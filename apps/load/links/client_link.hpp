/// A virtual client's connection, whatever it speaks. Implemented over sockets by `action_cable_link` and `fly_link`;
/// the client is told of what happens by `link_news`.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/load/links/stamp.hpp"

namespace ability::load {

/// A message that came for a subscription.
struct arrival {
  std::uint32_t subscription = 0;
  bool stamped = false;
  stamp mark;
  std::string text;  ///< as it came; only filled when `client_link::want_texts` was called
};

/// What happened on a connection, in order.
struct link_event {
  enum class kind : std::uint8_t {
    opened,     ///< it was let in: Action Cable's welcome, or FlyRPC's Helo was answered
    confirmed,  ///< `subscription` is followed
    rejected,   ///< `subscription` is refused; `why`
    closed      ///< nothing more comes, and the link is of no use; `why`: `connection refused`, `disconnect:
                ///< server_restart`
  };
  kind what = kind::opened;
  std::uint32_t subscription = 0;
  std::string why;
};

/// All that one look at the socket gave. Arrivals come after the events if both are there at once, save `closed`, which
/// comes last.
struct link_news {
  std::int64_t at_ns = 0;  ///< when it was read; monotonic clock
  std::uint64_t bytes = 0;
  std::vector<link_event> events;
  std::vector<arrival> arrivals;
};

/// One connection. All functions, and the destructor, which drops the connection without a word, are called on the lane
/// that it belongs to; so is the callback it was made with, never from within one of these functions.
class client_link {
public:
  client_link() = default;
  client_link(const client_link&) = delete;
  client_link& operator=(const client_link&) = delete;
  virtual ~client_link() = default;

  /// Follows `stream` as `subscription`, a number that the caller chooses, from 1 to 65535. `channel`: see
  /// `subscribe_step`. Answered by `confirmed` or `rejected`.
  virtual void subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel) = 0;
  /// Sends an action to a subscription. FlyRPC: `closed` with a reason that says that it has none.
  virtual void perform(std::uint32_t subscription, std::string_view data) = 0;
  /// Stops reading, so that the server's messages pile up; and goes on.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  /// From now on arrivals have their texts.
  virtual void want_texts() = 0;
  /// Says goodbye. Nothing is told from now on.
  virtual void close() = 0;
};

using link_callback = std::function<void(link_news)>;

}  // namespace ability::load

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::link_news)
