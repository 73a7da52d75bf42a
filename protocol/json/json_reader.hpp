/// Picks keys out of a JSON object. Internal to `protocol/`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Looks keys up and remembers the first that is not what it must be; what is asked for after that is empty.
class json_reader {
public:
  /// `object` outlives the reader. `where` ("member 3") begins each `detail`; empty: nothing does.
  json_reader(const nlohmann::json& object, std::string where);

  /// A string, which must be there.
  std::string text(const char* key);

  /// A whole number up to `most`, which must be there.
  std::uint64_t number(const char* key, std::uint64_t most);

  /// The value that `read` makes of the object under `key`, whose failure is this reader's, too. A default value if it
  /// is absent or something failed before.
  template <class Read>
  auto nested(const char* key, Read read) -> decltype(read(*this)) {
    const auto* const found = find(key, "an object");
    if (found == nullptr)
      return {};
    json_reader inner{*found, where_.empty() ? key : where_ + ": " + key};
    auto value = read(inner);
    if (inner.failed())
      failure_ = inner.failure();
    return value;
  }

  /// 32 lower-case hex digits, which must be there.
  std::string hex(const char* key);

  /// Remembers why `key` is wrong.
  void refuse(errc code, std::string_view key, std::string_view must_be, std::string_view found);

  bool failed() const noexcept { return failure_.has_value(); }

  /// REQUIRES `failed()`.
  const fault& failure() const { return *failure_; }

private:
  /// Null if it is absent or something failed before.
  const nlohmann::json* find(const char* key, std::string_view must_be);

  const nlohmann::json& object_;
  std::string where_;
  std::optional<fault> failure_;
};

/// As one line. Text that is not UTF-8 is made so.
std::string to_text(const nlohmann::ordered_json& value);

}  // namespace ability
