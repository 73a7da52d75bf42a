/// JSON as text: validation, quoting and unquoting, without building a document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Maximum nesting of arrays and objects in every external JSON text.
inline constexpr std::size_t max_json_depth = 128;

/// Success if `text` is one strict JSON value (RFC 8259) that can be inserted unchanged into another JSON text.
///
/// Checks only the syntax, as the text is passed through: an escaped lone surrogate and a number beyond a double's
/// range (1e400) are well-formed. Takes time linear in `text` and no memory. Whitespace around the value is allowed; a
/// byte order mark and a raw NUL are not.
///
/// Errors: `malformed_json`, which includes nesting beyond `max_json_depth` and text that is not UTF-8.
result<void> validate_json(std::string_view text);

/// Kind of a text that becomes a message: the rule of all listeners (HTTP, Redis, FlyRPC).
enum class text_content : std::uint8_t {
  json,             ///< the message, byte for byte: `validate_json` accepts it
  plain,            ///< not JSON: a string that is the message
  nested_too_deep,  ///< JSON beyond `max_json_depth`: refused, as parsers, also those of clients, have such bounds
};

/// The kind of `text`. Takes time linear in it.
text_content content_of(std::string_view text);

/// The explanation of `text_content::nested_too_deep`.
inline constexpr std::string_view text_too_deep = "its JSON is nested deeper than 128";

/// The characters of the JSON string `quoted`, as UTF-8; nullopt if it contains a lone surrogate.
/// REQUIRES that `validate_json` accepted it.
std::optional<std::string> decode_json_string(std::string_view quoted);

/// Replacement of a lone surrogate in a text, which is not a character.
enum class half_pair : std::uint8_t {
  replaced,  ///< U+FFFD
  escaped,   ///< the original escape, which is correct within JSON
};

/// Appends the unescaped form of `inner`, the inside of a JSON string, and `halves` for each lone surrogate; true if
/// there was none. REQUIRES that `validate_json` accepted the string.
bool append_unescaped(std::string& out, std::string_view inner, half_pair halves = half_pair::replaced);

/// Appends `utf8` as a JSON string, quotes included.
///
/// The result is valid JSON for any input: ill-formed UTF-8 becomes U+FFFD. Escapes only the characters required by RFC
/// 8259 section 7, so that text stays readable and short.
void append_json_string(std::string& out, std::string_view utf8);

}  // namespace ability
