/// The grammar of JSON. Internal to `json_visitor`.
/// Source: RFC 8259.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/json_visitor.hpp"

namespace ability {

/// One pass over a text without NUL bytes. Recursion ends at `max_json_depth`; deeper levels take one bit each.
class json_walker {
public:
  json_walker(std::string_view text, json_visitor& visitor, json_nesting nesting)
      : text_{text}, visitor_{visitor}, nesting_{nesting} {}

  /// Passes all values to the visitor. Called once.
  result<void> walk();

private:
  // Each parses the named item at `at_`; false if it is absent or the visitor cannot use it.
  bool value();
  bool object();
  bool array();
  bool open(json_kind kind);
  bool close(std::size_t from);
  void close_all(std::vector<bool>& objects);
  bool deeper();
  bool member();
  bool key();
  bool string();
  bool escape();
  bool number();
  bool digits();
  bool word(std::string_view all, json_value value);
  bool tell(json_value value);
  bool take(char wanted) noexcept;
  char next() const noexcept;
  void skip_blanks() noexcept;
  fault failure() const;

  std::string_view text_;
  json_visitor& visitor_;
  const json_nesting nesting_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool quiet_ = false;         // too deep for the visitor
  std::string_view key_;       // of the next value
  std::string unescaped_key_;  // storage of `key_` if the text has escapes
  std::string_view unusable_;  // why the visitor cannot use a value
};

}  // namespace ability
