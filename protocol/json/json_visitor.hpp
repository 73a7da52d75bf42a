/// Traversal of an external JSON text, in one pass and without a document. Internal to `protocol/`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// The kind of a JSON value.
enum class json_kind : std::uint8_t { absent, null, boolean, number, string, array, object };

/// The kind with its article, for a fault's `detail`: "a number", "nothing".
std::string_view describe(json_kind kind) noexcept;

/// A value during the traversal. Its syntax is valid; its content is decoded only on request.
struct json_value {
  json_kind kind;
  std::string_view raw = {};             ///< the value as written; of an array or object its first byte
  bool flag = false;                     ///< of a boolean
  std::string_view* unusable = nullptr;  ///< receives the reason why `text` or `number` failed

  /// The characters of a string, as UTF-8; empty for other kinds. A lone surrogate in the string ends the traversal as
  /// `malformed_json`.
  std::string text() const;

  /// The double nearest to a number; 0 for other kinds. A number beyond a double's range ends the traversal as
  /// `malformed_json`.
  double number() const;
};

/// Receives all values of a JSON text in order.
class json_visitor {
public:
  virtual ~json_visitor() = default;
  /// A value, or the start of one, within `depth` arrays and objects; `key` is empty except in an object.
  virtual void on_value(std::size_t depth, std::string_view key, const json_value& value) = 0;
  /// The end of the array or object that started at `depth`; `raw` is all of it.
  virtual void on_end(std::size_t, std::string_view) {}
};

/// Limit of the nesting.
enum class json_nesting : std::uint8_t {
  bounded,  ///< to `max_json_depth`
  any,      ///< unlimited: the visitor does not see arrays and objects beyond `max_json_depth`, nor their content
};

/// Passes all values of `text` to `visitor`, and checks it by the rules of `validate_json`. On an error the visitor has
/// seen a part of it. Uses bounded stack, and with `json_nesting::any` one bit of memory for each level beyond
/// `max_json_depth`.
result<void> visit_json(std::string_view text, json_visitor& visitor, json_nesting nesting = json_nesting::bounded);

}  // namespace ability
