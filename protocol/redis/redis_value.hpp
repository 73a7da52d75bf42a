/// A reply of a Redis server.
/// Source: redis.io "RESP protocol description", version 2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ability {

/// One reply, or one item of a list.
struct redis_value {
  enum class kind : std::uint8_t { nil, status, error, text, number, list };

  kind what = kind::nil;
  std::string text = {};                ///< of a status, an error and a text
  std::int64_t number = 0;              ///< of a number
  std::vector<redis_value> items = {};  ///< of a list

  bool is_text() const noexcept { return what == kind::text; }
  bool is_number() const noexcept { return what == kind::number; }
  bool is_list() const noexcept { return what == kind::list; }
  bool is_error() const noexcept { return what == kind::error; }
};

}  // namespace ability
