/// JSON as text: checking it, quoting into it and out of it, without building a document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// How many arrays and objects may enclose one another, in every JSON text that comes from outside.
inline constexpr std::size_t max_json_depth = 128;

/// Whether `text` is one strict JSON value (RFC 8259) that may be spliced as it is into another JSON text.
///
/// Only its syntax counts, as it is passed through: an escape for half a surrogate pair and a number that no double can
/// hold (1e400) are well-formed. Takes time linear in `text` and no memory. Whitespace around the value is allowed; a
/// byte order mark and a raw NUL are not.
///
/// Errors: `malformed_json`, which includes nesting beyond `max_json_depth` and text that is not UTF-8.
result<void> validate_json(std::string_view text);

/// The kind of a text that is to become a message: the rule of all entrances (HTTP, Redis, FlyRPC).
enum class text_content : std::uint8_t {
  json,             ///< it is the message, byte for byte: `validate_json` accepts it
  plain,            ///< it is no JSON: a string, which is the message
  nested_too_deep,  ///< JSON beyond `max_json_depth`: refused: parsers have such bounds, those of clients too
};

/// Finds out what `text` is. Takes time linear in it.
text_content content_of(std::string_view text);

/// What is said of a text that is `text_content::nested_too_deep`.
inline constexpr std::string_view text_too_deep = "its JSON is nested deeper than 128";

/// The characters of the JSON string `quoted`, as UTF-8; nullopt if it holds half a surrogate pair, which is none.
/// REQUIRES that `validate_json` accepted it.
std::optional<std::string> decode_json_string(std::string_view quoted);

/// What stands in a text for half a surrogate pair, which is no character.
enum class half_pair : std::uint8_t {
  replaced,  ///< U+FFFD
  escaped,   ///< the escape that it came as, which is right within JSON
};

/// Appends what `inner` stands for, the inside of a JSON string, and `halves` for each half of a surrogate pair, of
/// which it tells: true if there was none. REQUIRES that `validate_json` accepted the string.
bool append_unescaped(std::string& out, std::string_view inner, half_pair halves = half_pair::replaced);

/// Appends `utf8` as a JSON string, quotes included.
///
/// What comes out is valid JSON whatever goes in: ill-formed UTF-8 becomes U+FFFD. Escapes only what RFC 8259 section 7
/// demands, so text that is fine as it is stays readable and short.
void append_json_string(std::string& out, std::string_view utf8);

}  // namespace ability
