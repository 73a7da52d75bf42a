/// Picking known fields out of JSON from outside, in one pass and without a document. Internal to `protocol/`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/error.hpp"

namespace ability {

/// What is found at a place in a JSON text.
enum class json_kind : std::uint8_t { absent, null, boolean, number, string, array, object };

/// With its article, for a fault's `detail`: "a number", "nothing".
std::string_view describe(json_kind kind) noexcept;

/// A value as it goes by.
struct json_value {
  json_kind kind;
  std::string* text = nullptr;  ///< of a string; may be moved from
  bool flag = false;            ///< of a boolean
  double number = 0;            ///< of a number, the nearest that a double can hold; finite
};

/// Is told all values of a JSON text in their order.
class json_visitor {
public:
  virtual ~json_visitor() = default;
  /// A value, or the start of one, within `depth` arrays and objects; `key` is empty except in an object.
  virtual void on_value(std::size_t depth, std::string_view key, json_value value) = 0;
  /// The end of the array or object that started at `depth`.
  virtual void on_end(std::size_t) {}
};

/// Tells `visitor` all that `text` holds, and whether it is valid by the rules of `validate_json`; if not, the visitor
/// has been told a part of it.
result<void> visit_json(std::string_view text, json_visitor& visitor);

/// The value of one known key.
struct json_field {
  std::string_view key;
  json_kind kind = json_kind::absent;
  std::string text = {};
  bool flag = false;
  double number = 0;

  void take(json_value value);
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
