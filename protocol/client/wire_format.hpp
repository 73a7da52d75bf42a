/// Encoding of broadcasts as complete frames for one kind of client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/history/stream_position.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// One static, immutable object for each kind; compared by address.
class wire_format {
public:
  wire_format(const wire_format&) = delete;
  wire_format& operator=(const wire_format&) = delete;

  /// True if frames may be far smaller than their messages.
  bool compresses() const noexcept { return traits_.compresses; }

  /// True if a client may move a key from one stream's subscription to another's; queued frames of the first stream
  /// must then be dropped.
  bool reuses_keys() const noexcept { return traits_.reuses_keys; }

  /// True if its frames hold the position of their message, so that a client can ask for what it missed.
  bool has_positions() const noexcept { return traits_.positions; }

  /// The subscription key in its frames. Subscriptions with equal format and key get the same bytes.
  virtual std::string key(std::string_view identifier, std::uint32_t tag) const = 0;

  /// Appends the complete frame of `message` for the subscription `key`, with its position `at` if it has one and the
  /// format has positions. False: the message is too long for this kind of client, and the frame says so.
  virtual bool append(std::string& out, std::string_view key, const broadcast& message,
                      const std::optional<stream_position>& at) const = 0;

  /// Appends the frame for a client that must not receive the message at `at`, so that it misses no number. By default
  /// nothing: the client does not count.
  virtual void append_withheld(std::string& /*out*/, std::string_view /*key*/, const stream_position& /*at*/) const {}

protected:
  struct traits {
    bool compresses = false;
    bool reuses_keys = false;
    bool positions = false;
  };

  constexpr explicit wire_format(traits kind) noexcept : traits_{kind} {}
  ~wire_format() = default;

private:
  traits traits_;
};

}  // namespace ability
