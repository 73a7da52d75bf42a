/// The arguments of one verb in JSON. Internal to `protocol/monitor/`.
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

/// Reads known keys of an object and remembers the first failure. Its memory is bounded by the text it reads.
class arguments final : private json_visitor {
public:
  struct argument {
    std::string_view key;
    json_kind kind = json_kind::absent;
    std::string text = {};
    bool flag = false;
    double number = 0;
    std::vector<std::string> items = {};  // the texts of an array
    bool only_texts = true;               // the texts of an array, at most 100
  };

  /// `keys` are those of `verb`, and must outlive this.
  arguments(std::string_view verb, std::span<const std::string_view> keys);

  /// Errors: `malformed_json`; `wrong_type` (not an object); `wrong_value` (an unknown key).
  result<void> read(std::string_view text);

  /// Null if absent.
  const argument* find(std::string_view key) const;

  /// A text; empty if absent.
  std::string text(std::string_view key);

  /// A required, non-empty text.
  std::string needed_text(std::string_view key);

  /// A whole number within bounds.
  std::size_t number(std::string_view key, std::size_t least, std::size_t most, std::size_t otherwise);

  bool flag(std::string_view key, bool otherwise);

  /// Records a failure; only the first one is kept.
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
