/// A walk through a JSON text from outside, in one pass and without a document. Internal to `protocol/`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// The kind of value at a place in a JSON text.
enum class json_kind : std::uint8_t { absent, null, boolean, number, string, array, object };

/// With its article, for a fault's `detail`: "a number", "nothing".
std::string_view describe(json_kind kind) noexcept;

/// A value as it goes by. Its syntax is right; what it stands for is found out only if it is asked for.
struct json_value {
  json_kind kind;
  std::string_view raw = {};             ///< as it stands in the text; of an array or object its first byte
  bool flag = false;                     ///< of a boolean
  std::string_view* unusable = nullptr;  ///< where `text` and `number` say why they failed

  /// The characters of a string, as UTF-8; of any other kind none. If the string holds half a surrogate pair, which is
  /// no character, the walk ends as `malformed_json`.
  std::string text() const;

  /// The double nearest to a number; of any other kind 0. If there is none that is finite, the walk ends as
  /// `malformed_json`.
  double number() const;
};

/// Is told all values of a JSON text in their order.
class json_visitor {
public:
  virtual ~json_visitor() = default;
  /// A value, or the start of one, within `depth` arrays and objects; `key` is empty except in an object.
  virtual void on_value(std::size_t depth, std::string_view key, const json_value& value) = 0;
  /// The end of the array or object that started at `depth`; `raw` is all of it.
  virtual void on_end(std::size_t, std::string_view) {}
};

/// How deep a text may nest.
enum class json_nesting : std::uint8_t {
  bounded,  ///< to `max_json_depth`
  any,      ///< deeper, too: the visitor is not told of arrays and objects beyond it, nor of what is in them
};

/// Tells `visitor` all that `text` holds, and whether it is valid by the rules of `validate_json`; if not, the visitor
/// has been told a part of it. Takes a bounded stack, and with `json_nesting::any` one bit of memory for each level
/// beyond `max_json_depth`.
result<void> visit_json(std::string_view text, json_visitor& visitor, json_nesting nesting = json_nesting::bounded);

}  // namespace ability
