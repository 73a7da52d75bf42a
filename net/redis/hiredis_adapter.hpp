/// What the daemon uses of hiredis: its command formatter and its reply parser.
///
/// Not its async API. In 0.14 that one calls a blocking getaddrinfo(), aborts the process by assert() on replies it
/// does not expect while subscribed (measured: `*0\r\n`), keeps a callback for ever for each PING sent while
/// subscribed, and bounds nothing. On top of these two, a socket of Asio's does all that is needed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct redisReader;

namespace ability {

/// `words` as one command, ready to be sent. Words may hold any bytes.
std::string redis_command(std::initializer_list<std::string_view> words);

/// What a Redis server answered (RESP2), as far as a subscriber has to understand it.
struct redis_reply {
  enum class kind : std::uint8_t { status, error, text, number, nil, list };
  static constexpr std::size_t max_size = 3;

  kind what = kind::nil;
  std::size_t size = 0;                     ///< how many of `items` count; 1 for status, error and text
  std::array<std::string, max_size> items;  ///< numbers and nils are left empty
};

/// Cuts replies out of the bytes a server sends. Never throws on what they say.
class redis_reply_reader {
public:
  redis_reply_reader();
  redis_reply_reader(const redis_reply_reader&) = delete;
  redis_reply_reader& operator=(const redis_reply_reader&) = delete;
  ~redis_reply_reader();

  /// Adds bytes that came.
  void feed(std::span<const char> bytes);

  /// The next whole reply, valid until the next call; its items may be moved from. Null when more bytes are needed, and
  /// always once `error()` says something.
  redis_reply* next();

  /// Why the bytes make no sense: not RESP2, or a list that is nested or longer than `redis_reply::max_size`. Empty as
  /// long as they do.
  std::string error() const;

  /// Bytes held for a reply that is not whole yet.
  std::size_t buffered() const noexcept;

private:
  struct deleter {
    void operator()(redisReader* reader) const noexcept;
  };

  redis_reply reply_;
  std::unique_ptr<redisReader, deleter> reader_;
};

}  // namespace ability
