#include "protocol/json/object_reader.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/json/excerpt.hpp"

namespace ability {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t hex_digits = 32;

std::string_view kind_of(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      return "a number";
    case json::value_t::string:
      return "a string";
    case json::value_t::array:
      return "an array";
    case json::value_t::object:
      return "an object";
    default:
      return "something else";
  }
}

bool is_id(std::string_view text) {
  return text.size() == hex_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

object_reader::object_reader(const json& object, std::string where) : object_{object}, where_{std::move(where)} {
  if (!object_.is_object())
    failure_ = fault{errc::wrong_type,
                     (where_.empty() ? "this" : where_) + " must be an object, found " + std::string{kind_of(object_)}};
}

void object_reader::refuse(errc code, std::string_view key, std::string_view must_be, std::string_view found) {
  if (failed())
    return;
  std::string detail = where_.empty() ? "" : where_ + ": ";
  detail.append("\"").append(key).append("\" must be ").append(must_be);
  if (!found.empty())
    detail.append(", found ").append(found);
  failure_ = fault{code, std::move(detail)};
}

const json* object_reader::find(const char* key, std::string_view must_be) {
  if (failed())
    return nullptr;
  const auto found = object_.find(key);
  if (found != object_.end())
    return &*found;
  refuse(errc::missing_key, key, must_be, "nothing");
  return nullptr;
}

const json* object_reader::optional(const char* key, bool (*fits)(const json&), std::string_view must_be) {
  if (!object_.is_object())
    return nullptr;
  const auto found = object_.find(key);
  if (found == object_.end() || found->is_null())
    return nullptr;
  if (fits(*found))
    return &*found;
  refuse(errc::wrong_type, key, must_be, {});
  return nullptr;
}

void object_reader::take(const char* key, std::string& into) {
  if (const auto* const found = optional(
          key, [](const json& value) { return value.is_string(); }, "a string"))
    into = found->get_ref<const std::string&>();
}

void object_reader::take(const char* key, bool& into) {
  if (const auto* const found = optional(
          key, [](const json& value) { return value.is_boolean(); }, "a boolean"))
    into = found->get<bool>();
}

std::string object_reader::text(const char* key) {
  constexpr std::string_view must_be = "a string";
  const auto* found = find(key, must_be);
  if (found == nullptr)
    return {};
  if (const auto* value = found->get_ptr<const std::string*>())
    return *value;
  refuse(errc::wrong_type, key, must_be, kind_of(*found));
  return {};
}

std::uint64_t object_reader::number(const char* key, std::uint64_t most) {
  constexpr std::string_view must_be = "a whole number";
  const auto* found = find(key, must_be);
  if (found == nullptr)
    return 0;
  if (!found->is_number_unsigned()) {
    refuse(errc::wrong_type, key, must_be, found->is_number() ? excerpt(found->dump()) : kind_of(*found));
    return 0;
  }
  const auto value = found->get<std::uint64_t>();
  if (value <= most)
    return value;
  refuse(errc::wrong_value, key, "at most " + std::to_string(most), std::to_string(value));
  return 0;
}

std::string object_reader::hex(const char* key) {
  auto found = text(key);
  if (!is_id(found))
    refuse(errc::wrong_value, key, "32 lower-case hex digits", excerpt(found));
  return found;
}

std::string to_text(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace ability
