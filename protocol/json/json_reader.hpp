/// Extraction of keys from a JSON object. Internal to `protocol/`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Reads keys and remembers the first failure; later reads return empty values.
class json_reader {
public:
  /// `object` must outlive the reader. `where` ("member 3"), if not empty, begins each `detail`.
  json_reader(const nlohmann::json& object, std::string where);

  /// A required string.
  std::string text(const char* key);

  /// A required whole number up to `most`.
  std::uint64_t number(const char* key, std::uint64_t most);

  /// The value that `read` makes of the object under `key`; its failure becomes this reader's. A default value if the
  /// key is absent or an earlier read failed.
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

  /// A required text of 32 lower-case hex digits.
  std::string hex(const char* key);

  /// Remembers the failure of `key`.
  void refuse(errc code, std::string_view key, std::string_view must_be, std::string_view found);

  bool failed() const noexcept { return failure_.has_value(); }

  /// REQUIRES `failed()`.
  const fault& failure() const { return *failure_; }

private:
  /// Null if it is absent or an earlier read failed.
  const nlohmann::json* find(const char* key, std::string_view must_be);

  const nlohmann::json& object_;
  std::string where_;
  std::optional<fault> failure_;
};

/// JSON on one line. Text that is not UTF-8 is made valid.
std::string to_text(const nlohmann::ordered_json& value);

}  // namespace ability
