/// Splits the bytes of a Redis server into replies of any form.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "protocol/redis/redis_value.hpp"

struct redisReader;  // NOLINT(readability-identifier-naming): the name is hiredis'

namespace ability {

/// hiredis' parser for RESP2, all that is used of hiredis. Never throws because of the bytes.
///
/// Its async API is not used: that of 0.14 calls a blocking getaddrinfo(), aborts the process by assert() on unexpected
/// replies while subscribed (measured: `*0\r\n`), keeps a callback for ever for each PING sent while subscribed, and
/// has no bounds.
class redis_value_reader {
public:
  static constexpr std::size_t max_items = 65'536;  ///< of one list

  redis_value_reader();
  redis_value_reader(const redis_value_reader&) = delete;
  redis_value_reader& operator=(const redis_value_reader&) = delete;
  ~redis_value_reader();

  /// Adds received bytes.
  void feed(std::span<const char> bytes);

  /// Returns the next complete reply; none if more bytes are needed, and always after an error.
  std::optional<redis_value> next();

  /// The reason why the bytes are invalid: not RESP2, or a list that is longer than `max_items` or nested too deep.
  /// Empty while they are valid.
  std::string error() const;

private:
  struct deleter {
    void operator()(redisReader* reader) const noexcept;
  };

  redis_value reply_;
  std::unique_ptr<redisReader, deleter> reader_;
};

}  // namespace ability
