/// Commands for a Redis server.
/// Source: redis.io "RESP protocol description", version 2.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ability {

/// Builds one command of a known number of words in one buffer. Words may hold any bytes.
class redis_words {
public:
  /// `bytes`: expected size of all words together, so that the buffer need not grow.
  explicit redis_words(std::size_t count, std::size_t bytes = 0);

  redis_words& add(std::string_view word);
  redis_words& add(std::uint64_t number);
  redis_words& add(std::chrono::milliseconds time) { return add(static_cast<std::uint64_t>(time.count())); }

  /// The command. REQUIRES that all words were added.
  std::string take() { return std::move(text_); }

private:
  std::string text_;
};

/// One command of these words.
std::string redis_command(std::initializer_list<std::string_view> words);

}  // namespace ability
