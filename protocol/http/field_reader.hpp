/// Takes the value of a header field apart: lists of `name=value;name="value"`.
/// Source: RFC 9110 section 5.6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// Reads from the front on. Blanks before what is read do not matter. Views the text, which must outlive it.
class field_reader {
public:
  explicit field_reader(std::string_view text) : rest_{text} {}

  /// Whether all was read.
  bool at_end();

  /// Whether `c` is next.
  bool sees(char c);

  /// Whether `c` was next; it is read then.
  bool take(char c);

  /// Reads a token; empty if none is next.
  std::string token();

  /// Reads a quoted string, without quotes and escapes, or else all up to a blank, `,`, `;` or `"`: more than a token,
  /// as some send addresses without quotes. Nothing: there is none, or its quote does not end.
  std::optional<std::string> value();

private:
  std::optional<std::string> quoted();

  std::string_view rest_;
};

}  // namespace ability
