/// The messages of calls to the application.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "actors/app/reachability.hpp"
#include "actors/local_message.hpp"
#include "protocol/app_rpc/app_rpc.hpp"

namespace ability {

/// Call the application. The sender keeps `request` alive until the answer: a call without its request is not made.
struct app_call {
  using local_message = void;
  std::weak_ptr<const rpc_request> request;
};

/// The outcome of an `app_call`.
struct app_answer {
  using local_message = void;
  std::shared_ptr<const rpc_outcome> outcome;
};

/// An attempt of a call has ended.
struct app_replied {
  using local_message = void;
  std::uint64_t id;
  std::shared_ptr<rpc_outcome> outcome;
};

/// Retry a call.
struct app_retry {
  using local_message = void;
  std::uint64_t id;
};

/// Check whether the application can be reached.
struct app_watch_tick {
  using local_message = void;
};

/// A probe of the application has ended.
struct app_probed {
  using local_message = void;
  reachability outcome;
};

/// The connection ended; tell the application.
struct connection_left {
  using local_message = void;
  std::shared_ptr<const rpc_request> request;
  std::function<void(bool was_made)> then = {};  ///< called once, on the lane of the queue; null: nobody waits
};

/// The next `disconnect` call is due.
struct disconnect_due {
  using local_message = void;
};

/// Make the remaining calls without a rate limit.
struct drain_disconnects {
  using local_message = void;
};

/// All `disconnect` calls were made.
struct disconnects_done {
  using local_message = void;
};

}  // namespace ability
