/// Broadcasts as the ready wire frames of one kind of client.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/publication/publication.hpp"

namespace ability {

/// One static, immutable object for each kind; compared by address.
class wire_format {
public:
  wire_format(const wire_format&) = delete;
  wire_format& operator=(const wire_format&) = delete;

  /// The name, in metrics and in the monitor.
  std::string_view name() const noexcept { return name_; }

  /// Frames may be far smaller than their messages.
  bool compresses() const noexcept { return traits_.compresses; }

  /// A client may give the key of one stream's subscription to another stream's, so that frames still on their way
  /// from the first have to be dropped.
  bool reuses_keys() const noexcept { return traits_.reuses_keys; }

  /// The name of a subscription in its frames. Subscriptions with one format and one key get the same bytes.
  virtual std::string key(std::string_view identifier, std::uint32_t tag) const = 0;

  /// Appends the whole frame that the subscription `key` gets for `message`. False: the message is too long for this
  /// kind of client, and the frame tells so.
  virtual bool append(std::string& out, std::string_view key, const broadcast& message) const = 0;

protected:
  struct traits {
    bool compresses = false;
    bool reuses_keys = false;
  };

  constexpr wire_format(std::string_view name, traits kind) noexcept : name_{name}, traits_{kind} {}
  ~wire_format() = default;

private:
  std::string_view name_;
  traits traits_;
};

}  // namespace ability
