/// Extraction of known fields from external JSON, in one pass, without a document. Internal to `protocol/`.
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
  bool raw_only = false;      ///< leaves `text` and `number` empty, so that a passed-through value may be any JSON
  std::string_view raw = {};  ///< the value as written in the text

  void take(const json_value& value);
  /// True if the value is neither absent nor null.
  bool given() const noexcept { return kind != json_kind::absent && kind != json_kind::null; }
};

/// Reads the object `text` into `fields`; the last of equal keys counts, other keys are ignored.
/// Errors: `malformed_json`; `wrong_type` if `text` is not an object, which `what` ("a command") names.
result<void> read_object(std::string_view text, std::string_view what, std::span<json_field* const> fields);

/// The fault of a field that is not `must_be` ("a string"): `missing_key` or `wrong_type`.
fault unfit(const json_field& field, std::string_view must_be);

/// Success if the field is a string of at least one byte. Errors: those of `unfit`, and `empty_value`.
result<void> require_text(const json_field& field);

}  // namespace ability
