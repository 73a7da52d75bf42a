/// Results of calls and of handlers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "protocol/fly/serialize.hpp"

namespace ability::fly {

/// Result of a handler: an error, a message, or no answer.
using answer = outcome<std::optional<encoded>>;

/// Receiver of a call's end.
class waiter {
public:
  waiter() = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  virtual ~waiter() = default;

  /// Receives the result. Called once, on the event loop's thread, never from within the function that began the call.
  /// The buffer is valid during the call.
  virtual void done(outcome<payload> reply) = 0;

  /// Called instead of `done`, from within the function that began the call, if the event loop is gone.
  virtual void refuse(remote_error why) = 0;

  std::uint64_t id = 0;  ///< identifies the call for cancellation; 0: cannot be cancelled
};

using waiter_ptr = std::unique_ptr<waiter>;

}  // namespace ability::fly
