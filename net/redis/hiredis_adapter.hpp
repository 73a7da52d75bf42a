/// The used parts of hiredis: its command formatter and its reply parser.
///
/// Its async API is not used: that of 0.14 calls a blocking getaddrinfo(), aborts the process by assert() on unexpected
/// replies while subscribed (measured: `*0\r\n`), keeps a callback for ever for each PING sent while subscribed, and
/// has no bounds. With formatter and parser, an Asio socket is enough.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct redisReader;  // NOLINT(readability-identifier-naming): the name is hiredis'

namespace ability {

/// Returns `words` as one command, ready to be sent. Words may hold any bytes.
std::string redis_command(std::initializer_list<std::string_view> words);

/// A reply of a Redis server (RESP2), as far as a subscriber needs it.
struct redis_reply {
  enum class kind : std::uint8_t { status, error, text, number, nil, list };
  static constexpr std::size_t max_size = 3;

  kind what = kind::nil;
  std::size_t size = 0;                     ///< valid `items`; 1 for status, error and text
  std::array<std::string, max_size> items;  ///< numbers and nils are left empty
};

/// Splits the bytes of a server into replies. Never throws because of their content.
class redis_reply_reader {
public:
  redis_reply_reader();
  redis_reply_reader(const redis_reply_reader&) = delete;
  redis_reply_reader& operator=(const redis_reply_reader&) = delete;
  ~redis_reply_reader();

  /// Adds received bytes.
  void feed(std::span<const char> bytes);

  /// Returns the next complete reply, valid until the next call; its items may be moved from. Null if more bytes are
  /// needed, and always after an error.
  redis_reply* next();

  /// The reason why the bytes are invalid: not RESP2, or a list that is nested or longer than `redis_reply::max_size`.
  /// Empty while they are valid.
  std::string error() const;

  /// Bytes buffered for an incomplete reply.
  std::size_t buffered() const noexcept;

private:
  struct deleter {
    void operator()(redisReader* reader) const noexcept;
  };

  redis_reply reply_;
  std::unique_ptr<redisReader, deleter> reader_;
};

}  // namespace ability
