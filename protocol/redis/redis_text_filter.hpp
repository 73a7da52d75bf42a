/// Texts that are too long to be taken in, among the bytes of a Redis server.
/// Source: redis.io "RESP protocol description", version 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// Some of what a server sent, in order.
struct redis_piece {
  std::string_view bytes = {};  ///< to be taken in; valid until the next call of the filter
  std::uint64_t skipped = 0;    ///< bytes of the text that ended behind `bytes` and was left out; 0: none was
  /// Length stated behind `bytes` that no text has (over `longest_possible`): the server speaks no RESP2. 0: none was.
  std::uint64_t impossible = 0;
};

/// Follows the lengths that RESP2 states, and leaves out each text over a bound while it comes, so that none of it is
/// held. Bytes that are no RESP2 all pass: the parser behind the filter complains of them. A length that no text has is
/// told, as waiting for its end would be waiting for ever.
class redis_text_filter {
public:
  /// Bytes. Redis itself stops at 512 MiB (`proto-max-bulk-len`), unless it is told otherwise; this is eight times
  /// that.
  static constexpr std::uint64_t longest_possible = std::uint64_t{4} << 30;

  /// `longest` in bytes, of a text that passes. REQUIRES that it is at most `longest_possible`.
  explicit redis_text_filter(std::uint64_t longest) noexcept : longest_{longest} {}

  /// Takes a piece off the front of `rest`, bytes as they came. Called until `rest` is empty; each call makes it
  /// shorter. Where a text was left out, the parser is to forget the answer that it belonged to.
  redis_piece take(std::string_view& rest);

private:
  bool begin_text(std::optional<std::uint64_t> length);
  redis_piece take_held_line(std::string_view& rest);
  static redis_piece pass(std::string_view& rest, std::size_t size);
  redis_piece skip(std::string_view& rest);

  const std::uint64_t longest_;
  std::uint64_t left_ = 0;        // bytes of the text that comes, and of its end of line
  std::uint64_t skipping_ = 0;    // its length, if it is left out
  std::uint64_t impossible_ = 0;  // a length to be told
  std::string held_;              // the beginning of a line that states a length
  std::string released_;          // the last such line, once it was whole
  bool in_line_ = false;          // in one of another kind
  bool senseless_ = false;
};

}  // namespace ability
