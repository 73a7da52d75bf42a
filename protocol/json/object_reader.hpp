/// Extraction of keys from a JSON document. Internal to `protocol/`.
///
/// For text that is read seldom. Commands and publications are read without a document, by `json_fields` and
/// `json_walker`, and their values passed on as they are written.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace ability {

/// Reads keys and remembers the first failure; later reads return empty values.
class object_reader {
public:
  /// `object` must outlive the reader; a failure unless it is an object. `where` ("member 3"), if not empty, begins
  /// each `detail`.
  object_reader(const nlohmann::json& object, std::string where);

  /// The value under an optional key, or null. `fits` and `must_be` describe the required form; null counts as absent.
  const nlohmann::json* optional(const char* key, bool (*fits)(const nlohmann::json&), std::string_view must_be);

  /// An optional string or boolean; `into` stays as it is if the key is absent.
  void take(const char* key, std::string& into);
  void take(const char* key, bool& into);

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
    object_reader inner{*found, where_.empty() ? key : where_ + ": " + key};
    auto value = read(inner);
    if (inner.failed())
      failure_ = inner.failure();
    return value;
  }

  /// A required text of 32 lower-case hex digits.
  std::string hex(const char* key);

  /// Remembers the failure of `key`. `found` is told unless it is empty.
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
