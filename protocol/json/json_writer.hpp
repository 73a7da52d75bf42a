/// Sequential writer of JSON, without a document. Internal to `protocol/`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace ability {

/// Appends to a text and inserts commas. The caller closes each array and object it opens.
class json_writer {
public:
  explicit json_writer(std::string& out) : out_{out} {}

  json_writer& open(char bracket);
  json_writer& close(char bracket);
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view{text}); }
  json_writer& value(bool flag);

  /// With up to three decimal places; null if it is not finite.
  json_writer& value(double number);

  template <class Integer>
  requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>) json_writer& value(Integer number) {
    return raw(std::to_string(number));
  }

  template <class T>
  json_writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : raw("null");
  }

  /// Appends JSON unchanged.
  json_writer& raw(std::string_view json);

  /// A key and its value.
  template <class T>
  json_writer& member(std::string_view name, const T& what) {
    return key(name).value(what);
  }

private:
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

/// Maximum bytes shown of a name or an identity.
inline constexpr std::size_t max_shown = std::size_t{64} << 10;

/// The text, or its first `max_shown` bytes with an ellipsis.
std::string shown(std::string_view text);

}  // namespace ability
