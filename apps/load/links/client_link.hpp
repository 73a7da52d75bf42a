/// A virtual client's connection over any protocol. `action_cable_link` and `fly_link` implement it over sockets; the
/// client receives its events as `link_news`.
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

/// A message for a subscription.
struct arrival {
  std::uint32_t subscription = 0;
  bool stamped = false;
  stamp mark;
  std::string text;  ///< the raw message; only set after a call of `client_link::want_texts`
  std::string
      position;  ///< all that is known, for `client_link::subscribe` on a later connection; empty: the message has none
};

/// An event of a connection, in order.
struct link_event {
  enum class kind : std::uint8_t {
    opened,          ///< admitted: Action Cable's welcome, or the answer to FlyRPC's Helo
    confirmed,       ///< `subscription` is confirmed
    rejected,        ///< `subscription` is refused; `why`
    resumed,         ///< all messages behind the position of `subscription` have been sent
    resume_refused,  ///< they could not be; the subscription goes on with new messages
    closed  ///< the last event; the link is unusable; `why`: `connection refused`, `disconnect: server_restart`
  };
  kind what = kind::opened;
  std::uint32_t subscription = 0;
  std::string why;
};

/// All results of one read. Arrivals are handled after the events, except `closed`, which is last.
struct link_news {
  std::int64_t at_ns = 0;  ///< time of the read; monotonic clock
  std::uint64_t bytes = 0;
  std::vector<link_event> events;
  std::vector<arrival> arrivals;
};

/// One connection. All functions are called on its lane, and so is the callback, but never from within one of these
/// functions. The destructor drops the connection without a goodbye.
class client_link {
public:
  client_link() = default;
  client_link(const client_link&) = delete;
  client_link& operator=(const client_link&) = delete;
  virtual ~client_link() = default;

  /// Follows `stream` as `subscription`, a number chosen by the caller, from 1 to 65535. `channel`: see
  /// `subscribe_step`. `resume_from`: position of the last message that has come; empty: none is known. Answered by
  /// `confirmed` or `rejected`; with a position, also by `resumed` or `resume_refused`.
  virtual void subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                         const std::string& resume_from) = 0;
  /// Sends an action to a subscription. FlyRPC has no actions: the link is `closed` with that reason.
  virtual void perform(std::uint32_t subscription, std::string_view data) = 0;
  /// Stops and resumes reading; meanwhile the server's messages pile up.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  /// Fills the texts of arrivals from now on.
  virtual void want_texts() = 0;
  /// Says goodbye and closes. No callback follows.
  virtual void close() = 0;
};

using link_callback = std::function<void(link_news)>;

}  // namespace ability::load

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::link_news)
