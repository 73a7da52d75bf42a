/// State of a connection that any thread may read.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/fly/peer/terms.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability::fly {

/// Published by the connection's `peer_core`, on the event loop's thread. The texts are written once, before the flag
/// that makes them visible, so that a reader may keep a reference to them.
class peer_status {
public:
  explicit peer_status(bool is_open) noexcept : ended_{!is_open} {}

  // -- on the event loop's thread ---

  void set_limit(std::size_t bytes) noexcept { limit_ = bytes; }
  void set_congested(bool yes) noexcept { congested_ = yes; }
  void set_acks(bool yes) noexcept { acks_ = yes; }

  /// The terms of the Helo. Called at most once.
  void agree(const terms& on) {
    identity_ = on.identity;
    session_ = on.session;
    how_ = on.how;
    acks_ = on.acks;
    limit_ = on.limit;
    agreed_ = true;
  }

  /// Called at most once.
  void end(std::string_view why) {
    ended_because_ = why;
    ended_ = true;
  }

  // -- on any thread ---

  bool has_ended() const noexcept { return ended_; }
  std::string close_reason() const { return ended_ ? ended_because_ : std::string{}; }
  serializer how() const noexcept { return how_; }
  bool acks() const noexcept { return acks_; }
  const std::string& identity() const noexcept { return agreed_ ? identity_ : unknown_; }
  const std::string& session() const noexcept { return agreed_ ? session_ : unknown_; }

  /// The reason why a message of `size` bytes cannot be sent now.
  std::optional<remote_error> cannot_send(std::size_t size) const {
    if (ended_)
      return remote_error{error_code::closed, "not connected"};
    if (const std::size_t limit = limit_; size > limit)
      return remote_error{error_code::too_long, std::to_string(size) + " bytes, of at most " + std::to_string(limit)};
    if (congested_)
      return remote_error{error_code::too_many, "too much is on its way out"};
    return std::nullopt;
  }

private:
  const std::string unknown_ = {};
  std::string identity_;       // written before `agreed_`
  std::string session_;        // written before `agreed_`
  std::string ended_because_;  // written before `ended_`
  std::atomic<bool> agreed_ = false;
  std::atomic<bool> ended_;
  std::atomic<bool> congested_ = false;  // too many bytes queued to be sent
  std::atomic<bool> acks_ = false;
  std::atomic<serializer> how_ = serializer::json;
  std::atomic<std::size_t> limit_ = max_buffer;
};

}  // namespace ability::fly
