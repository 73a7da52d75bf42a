/// The arguments of one verb, as they stand in JSON. Internal to `protocol/monitor/`.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/json_fields.hpp"
#include "protocol/result.hpp"

namespace ability {

/// Takes known keys out of an object and remembers the first that is wrong. What it keeps is bounded by the text that
/// it reads.
class arguments final : private json_visitor {
public:
  struct argument {
    std::string_view key;
    json_kind kind = json_kind::absent;
    std::string text = {};
    bool flag = false;
    double number = 0;
    std::vector<std::string> items = {};  // of an array, as far as they are texts
    bool only_texts = true;               // whether all of them are, and not too many
  };

  /// `verb` takes `keys`, which outlive this.
  arguments(std::string_view verb, std::span<const std::string_view> keys);

  /// Errors: `malformed_json`; `wrong_type` (no object); `wrong_value` (a key that is none of them).
  result<void> read(std::string_view text);

  /// Null if it was not given.
  const argument* find(std::string_view key) const;

  /// A text, empty if none was given.
  std::string text(std::string_view key);

  /// A text that has to be given, and not empty.
  std::string needed_text(std::string_view key);

  /// A whole number within bounds.
  std::size_t number(std::string_view key, std::size_t least, std::size_t most, std::size_t otherwise);

  bool flag(std::string_view key, bool otherwise);

  /// Says what is wrong; only the first such is kept.
  void fail(fault why);
  const std::optional<fault>& failure() const noexcept { return failure_; }

private:
  void on_value(std::size_t depth, std::string_view key, const json_value& value) override;
  fault unknown_key() const;

  std::string_view verb_;
  std::vector<argument> known_;
  argument* current_ = nullptr;
  json_kind root_ = json_kind::absent;
  std::optional<std::string> unknown_;
  std::optional<fault> failure_;
};

}  // namespace ability
