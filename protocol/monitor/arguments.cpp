#include "protocol/monitor/arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "protocol/json/excerpt.hpp"

namespace ability {

namespace {

constexpr std::size_t max_items = 100;

std::string text_of(double number) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return {digits.data(), end};
}

}  // namespace

arguments::arguments(std::string_view verb, std::span<const std::string_view> keys) : verb_{verb} {
  for (const auto key : keys)
    known_.push_back({.key = key});
}

result<void> arguments::read(std::string_view text) {
  if (auto valid = visit_json(text, *this); !valid)
    return valid;
  if (root_ != json_kind::object)
    return fault{errc::wrong_type, "arguments must be a JSON object, found " + std::string{describe(root_)}};
  if (unknown_)
    return unknown_key();
  return {};
}

void arguments::on_value(std::size_t depth, std::string_view key, const json_value& value) {
  if (depth == 0) {
    root_ = value.kind;
  } else if (depth == 1 && root_ == json_kind::object) {
    const auto found = std::ranges::find(known_, key, &argument::key);
    current_ = found == known_.end() ? nullptr : &*found;
    if (current_ != nullptr)
      *current_ = {
          .key = current_->key, .kind = value.kind, .text = value.text(), .flag = value.flag, .number = value.number()};
    else if (!unknown_)
      unknown_ = excerpt(key);
  } else if (depth == 2 && current_ != nullptr && current_->kind == json_kind::array) {
    if (value.kind == json_kind::string && current_->items.size() < max_items)
      current_->items.push_back(value.text());
    else
      current_->only_texts = false;
  }
}

fault arguments::unknown_key() const {
  std::string keys;
  for (const auto& each : known_)
    keys.append(keys.empty() ? "\"" : ", \"").append(each.key).append("\"");
  std::string text;
  text.append("unknown argument ").append(*unknown_).append("; ").append(verb_).append(" takes ");
  return {errc::wrong_value, text + (keys.empty() ? "none" : keys)};
}

const arguments::argument* arguments::find(std::string_view key) const {
  const auto found = std::ranges::find(known_, key, &argument::key);
  if (found == known_.end() || found->kind == json_kind::absent || found->kind == json_kind::null)
    return nullptr;
  return &*found;
}

std::string arguments::text(std::string_view key) {
  const auto* given = find(key);
  if (given == nullptr)
    return {};
  if (given->kind == json_kind::string)
    return given->text;
  fail({errc::wrong_type, '"' + std::string{key} + "\" must be a string, found " + std::string{describe(given->kind)}});
  return {};
}

std::string arguments::needed_text(std::string_view key) {
  auto given = text(key);
  if (given.empty())
    fail({find(key) == nullptr ? errc::missing_key : errc::empty_value,
          std::string{verb_} + " needs \"" + std::string{key} + "\", a string that is not empty"});
  return given;
}

std::size_t arguments::number(std::string_view key, std::size_t least, std::size_t most, std::size_t otherwise) {
  const auto* given = find(key);
  if (given == nullptr)
    return otherwise;
  if (given->kind == json_kind::number && given->number >= static_cast<double>(least) &&
      given->number <= static_cast<double>(most) && std::floor(given->number) == given->number)
    return static_cast<std::size_t>(given->number);
  const auto code = given->kind == json_kind::number ? errc::wrong_value : errc::wrong_type;
  fail({code, '"' + std::string{key} + "\" must be a whole number from " + std::to_string(least) + " to " +
                  std::to_string(most) + ", found " +
                  (given->kind == json_kind::number ? text_of(given->number) : std::string{describe(given->kind)})});
  return otherwise;
}

bool arguments::flag(std::string_view key, bool otherwise) {
  const auto* given = find(key);
  if (given == nullptr)
    return otherwise;
  if (given->kind != json_kind::boolean)
    fail({errc::wrong_type,
          '"' + std::string{key} + "\" must be true or false, found " + std::string{describe(given->kind)}});
  return given->flag;
}

void arguments::fail(fault why) {
  if (!failure_)
    failure_ = std::move(why);
}

}  // namespace ability
