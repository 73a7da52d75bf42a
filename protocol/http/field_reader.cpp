#include "protocol/http/field_reader.hpp"

#include <algorithm>

namespace ability {
namespace {

bool is_token_char(char c) {
  return c > ' ' && c < '\x7f' && std::string_view{"\"(),/:;<=>?@[\\]{}"}.find(c) == std::string_view::npos;
}

}  // namespace

bool field_reader::at_end() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  return rest_.empty();
}

bool field_reader::sees(char c) { return !at_end() && rest_.front() == c; }

bool field_reader::take(char c) {
  const bool there = sees(c);
  rest_.remove_prefix(there ? 1 : 0);
  return there;
}

std::string field_reader::token() {
  if (at_end())
    return {};
  const auto size = std::ranges::find_if_not(rest_, is_token_char) - rest_.begin();
  std::string text{rest_.substr(0, static_cast<std::size_t>(size))};
  rest_.remove_prefix(text.size());
  return text;
}

std::optional<std::string> field_reader::value() {
  if (sees('"'))
    return quoted();
  std::string text{rest_.substr(0, rest_.find_first_of(" \t,;\""))};
  rest_.remove_prefix(text.size());
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

std::optional<std::string> field_reader::quoted() {
  std::string text;
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '"') {
      rest_.remove_prefix(i + 1);
      return text;
    }
    if (rest_[i] == '\\')
      ++i;
    if (i == rest_.size())
      break;
    text += rest_[i];
  }
  return {};
}

}  // namespace ability
