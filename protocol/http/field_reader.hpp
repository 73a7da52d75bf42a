/// Parses the value of a header field: lists of `name=value;name="value"`.
/// Source: RFC 9110 section 5.6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// Reads from front to back and skips blanks before each item. Views the text, which must outlive it.
class field_reader {
public:
  explicit field_reader(std::string_view text) : rest_{text} {}

  /// True if everything was read.
  bool at_end();

  /// True if `c` is next.
  bool sees(char c);

  /// True if `c` was next; it is then consumed.
  bool take(char c);

  /// Reads a token; empty if none is next.
  std::string token();

  /// Reads a quoted string, without quotes and escapes, or else all up to a blank, `,`, `;` or `"`: more than a token,
  /// as some clients send unquoted addresses. Nullopt: no value, or an unterminated quote.
  std::optional<std::string> value();

private:
  std::optional<std::string> quoted();

  std::string_view rest_;
};

}  // namespace ability
