/// Filter of oversized texts from the bytes of a Redis server.
/// Source: redis.io "RESP protocol description", version 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// A piece of the server's bytes, in order.
struct redis_piece {
  std::string_view bytes = {};  ///< for the parser; valid until the next call of the filter
  std::uint64_t skipped = 0;    ///< bytes of the skipped text that ended after `bytes`; 0: none
  /// Length stated after `bytes` that exceeds `longest_possible`: the server does not speak RESP2. 0: none.
  std::uint64_t impossible = 0;
};

/// Follows the lengths stated in RESP2, and skips each oversized text as it arrives, without buffering it. Bytes that
/// are not RESP2 pass: the parser after the filter rejects them. An impossible length is reported, as its text would
/// never end.
class redis_text_filter {
public:
  /// Bytes. Redis's default limit is 512 MiB (`proto-max-bulk-len`); this is eight times that.
  static constexpr std::uint64_t longest_possible = std::uint64_t{4} << 30;

  /// `longest`: maximum bytes of a text that passes. REQUIRES that it is at most `longest_possible`.
  explicit redis_text_filter(std::uint64_t longest) noexcept : longest_{longest} {}

  /// Consumes a piece of `rest`, received bytes; each call shortens `rest`. Call it until `rest` is empty. After a
  /// skipped text, the parser must discard the answer that contained it.
  redis_piece take(std::string_view& rest);

private:
  bool begin_text(std::optional<std::uint64_t> length);
  redis_piece take_held_line(std::string_view& rest);
  static redis_piece pass(std::string_view& rest, std::size_t size);
  redis_piece skip(std::string_view& rest);

  const std::uint64_t longest_;
  std::uint64_t left_ = 0;        // bytes left of the current text and its end of line
  std::uint64_t skipping_ = 0;    // length of the current text, if it is skipped
  std::uint64_t impossible_ = 0;  // an impossible length to report
  std::string held_;              // the beginning of a line that states a length
  std::string released_;          // the last such line, once complete
  bool in_line_ = false;          // in a line of another kind
  bool senseless_ = false;
};

}  // namespace ability
