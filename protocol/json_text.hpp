/// JSON as text: checking it and quoting into it, without building a document.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/error.hpp"

namespace ability {

/// How many arrays and objects may enclose one another, in every JSON text that comes from outside.
inline constexpr std::size_t max_json_depth = 128;

/// Whether `text` is one strict JSON value (RFC 8259) that may be spliced as it is into another JSON text.
///
/// Takes time linear in `text` and memory for its longest string. Whitespace around the value is allowed; a byte order
/// mark, a raw NUL and lone surrogates are not.
///
/// Errors: `malformed_json`, which includes nesting beyond `max_json_depth`, text that is not UTF-8 and, as upstream, a
/// number that is out of a double's range (1e400).
result<void> validate_json(std::string_view text);

/// The bytes of the value of `key` in `object`, as they stand there; of equal keys the last one counts. Empty if there
/// is none. REQUIRES that `validate_json` accepted `object`, and that it is one.
std::string_view json_member(std::string_view object, std::string_view key);

/// Appends `utf8` as a JSON string, quotes included.
///
/// What comes out is valid JSON whatever goes in: ill-formed UTF-8 becomes U+FFFD. Escapes only what RFC 8259 section 7
/// demands, so text that is fine as it is stays readable and short.
void append_json_string(std::string& out, std::string_view utf8);

}  // namespace ability
