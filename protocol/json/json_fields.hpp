/// Picking known fields out of JSON from outside, in one pass and without a document. Internal to `protocol/`.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "protocol/json/json_visitor.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The value of one known key.
struct json_field {
  std::string_view key;
  json_kind kind = json_kind::absent;
  std::string text = {};
  bool flag = false;
  double number = 0;
  bool raw_only = false;      ///< `text` and `number` are not wanted, so that what is passed through may be any JSON
  std::string_view raw = {};  ///< the value as it stands in the text that was read

  void take(const json_value& value);
  /// Whether there is something to look at: neither absent nor null.
  bool given() const noexcept { return kind != json_kind::absent && kind != json_kind::null; }
};

/// Reads the object `text` into `fields`; of equal keys the last one counts, other keys are ignored.
/// Errors: `malformed_json`; `wrong_type` if it is no object, which `what` ("a command") names.
result<void> read_object(std::string_view text, std::string_view what, std::span<json_field* const> fields);

/// Why the field is not `must_be` ("a string"): `missing_key` or `wrong_type`.
fault unfit(const json_field& field, std::string_view must_be);

/// Whether the field is a string of at least one byte. Errors: those of `unfit`, and `empty_value`.
result<void> require_text(const json_field& field);

}  // namespace ability
