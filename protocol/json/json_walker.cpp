#include "protocol/json/json_walker.hpp"

#include <utility>
#include <vector>

#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/json/plain_bytes.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

result<void> json_walker::walk() {
  if (value()) {
    skip_blanks();
    if (at_ == text_.size()) {
      return {};
    }
  }
  return failure();
}

bool json_walker::value() {
  skip_blanks();
  const bool is_deepest = depth_ == max_json_depth && nesting_ == json_nesting::any;
  switch (next()) {
    case '{':
      return is_deepest ? deeper() : object();
    case '[':
      return is_deepest ? deeper() : array();
    case '"': {
      const auto from = at_;
      return string() && tell({.kind = json_kind::string, .raw = text_.substr(from, at_ - from)});
    }
    case 't':
      return word("true", {.kind = json_kind::boolean, .flag = true});
    case 'f':
      return word("false", {.kind = json_kind::boolean});
    case 'n':
      return word("null", {.kind = json_kind::null});
    default:
      return number();
  }
}

bool json_walker::object() {
  const auto from = at_;
  if (!open(json_kind::object)) {
    return false;
  }
  skip_blanks();
  if (next() == '}') {
    return close(from);
  }
  for (;;) {
    if (!member() || !value()) {
      return false;
    }
    skip_blanks();
    if (next() == '}') {
      return close(from);
    }
    if (!take(',')) {
      return false;
    }
  }
}

bool json_walker::array() {
  const auto from = at_;
  if (!open(json_kind::array)) {
    return false;
  }
  skip_blanks();
  if (next() == ']') {
    return close(from);
  }
  for (;;) {
    if (!value()) {
      return false;
    }
    skip_blanks();
    if (next() == ']') {
      return close(from);
    }
    if (!take(',')) {
      return false;
    }
  }
}

bool json_walker::open(json_kind kind) {
  if (!tell({.kind = kind, .raw = text_.substr(at_, 1)})) {
    return false;
  }
  ++at_;
  return ++depth_ <= max_json_depth;
}

bool json_walker::close(std::size_t from) {
  ++at_;
  visitor_.on_end(--depth_, text_.substr(from, at_ - from));
  return true;
}

// Parses closing brackets.
void json_walker::close_all(std::vector<bool>& objects) {
  for (skip_blanks(); !objects.empty() && take(objects.back() ? '}' : ']'); skip_blanks()) {
    objects.pop_back();
  }
}

// Parses from the bracket at `at_` to its partner, without recursion.
bool json_walker::deeper() {
  std::vector<bool> objects;  // the open brackets; true: an object
  quiet_ = true;
  for (;;) {
    skip_blanks();
    const bool is_object = take('{');
    if (is_object || take('[')) {
      objects.push_back(is_object);
      skip_blanks();
      if (next() != (is_object ? '}' : ']')) {
        if (is_object && !member()) {
          return false;
        }
        continue;
      }
    } else if (!value()) {
      return false;
    }
    close_all(objects);
    if (objects.empty()) {
      quiet_ = false;
      key_ = {};
      return true;
    }
    if (!take(',') || (objects.back() && !member())) {
      return false;
    }
  }
}

// Parses a key and its colon.
bool json_walker::member() {
  skip_blanks();
  if (next() != '"' || !key()) {
    return false;
  }
  skip_blanks();
  return take(':');
}

bool json_walker::key() {
  const auto from = at_;
  if (!string()) {
    return false;
  }
  const auto inner = text_.substr(from + 1, at_ - from - 2);
  if (inner.find('\\') == std::string_view::npos) {
    key_ = inner;
  } else {
    unescaped_key_.clear();
    append_unescaped(unescaped_key_, inner);  // a lone surrogate cannot occur in a known key
    key_ = unescaped_key_;
  }
  return true;
}

// Parses from the quote at `at_` to the closing quote.
bool json_walker::string() {
  for (++at_; at_ < text_.size();) {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (plain_bytes[byte]) {
      ++at_;
    } else if (byte == '"') {
      ++at_;
      return true;
    } else if (byte == '\\') {
      ++at_;
      if (!escape()) {
        return false;
      }
    } else if (const auto size = byte < 0x80 ? 0 : utf8_character(text_.substr(at_)); size > 0) {
      at_ += size;
    } else {
      return false;
    }
  }
  return false;
}

bool json_walker::escape() {
  constexpr std::string_view simple = "\"\\/bfnrt";
  const auto letter = next();
  if (letter != 'u') {
    return simple.find(letter) != std::string_view::npos && take(letter);
  }
  ++at_;
  for (int digits = 0; digits < 4; ++digits, ++at_) {
    if (!is_hex(next())) {
      return false;
    }
  }
  return true;
}

bool json_walker::number() {
  const auto from = at_;
  if (next() == '-') {
    ++at_;
  }
  if (next() == '0') {
    ++at_;
  } else if (!digits()) {
    return false;
  }
  if (next() == '.') {
    ++at_;
    if (!digits()) {
      return false;
    }
  }
  if (next() == 'e' || next() == 'E') {
    ++at_;
    if (next() == '+' || next() == '-') {
      ++at_;
    }
    if (!digits()) {
      return false;
    }
  }
  return tell({.kind = json_kind::number, .raw = text_.substr(from, at_ - from)});
}

bool json_walker::digits() {
  const auto from = at_;
  while (is_digit(next())) {
    ++at_;
  }
  return at_ > from;
}

bool json_walker::word(std::string_view all, json_value value) {
  for (const char letter : all) {
    if (!take(letter)) {
      return false;
    }
  }
  value.raw = text_.substr(at_ - all.size(), all.size());
  return tell(value);
}

bool json_walker::tell(json_value value) {
  if (quiet_) {
    key_ = {};
    return true;
  }
  value.unusable = &unusable_;
  visitor_.on_value(depth_, key_, value);
  if (unusable_.empty()) {
    key_ = {};
    return true;
  }
  at_ = static_cast<std::size_t>(value.raw.data() - text_.data());
  return false;
}

// The current byte; NUL, which does not occur in the text, at its end.
char json_walker::next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

bool json_walker::take(char wanted) noexcept {
  const bool there = at_ < text_.size() && text_[at_] == wanted;
  at_ += there ? 1 : 0;
  return there;
}

void json_walker::skip_blanks() noexcept {
  while (at_ < text_.size() && is_blank(text_[at_])) {
    ++at_;
  }
}

fault json_walker::failure() const {
  std::string detail = "malformed JSON: ";
  if (depth_ > max_json_depth) {
    detail += "nested deeper than " + std::to_string(max_json_depth);
  } else if (at_ == text_.size()) {
    detail += "it ends too early";
  } else {
    detail += unusable_.empty() ? "unexpected" : unusable_;
    if (!unusable_.empty() && !key_.empty()) {
      detail += " in " + excerpt(key_);
    }
    detail += " at byte " + std::to_string(at_ + 1);
  }
  return {errc::malformed_json, std::move(detail)};
}

}  // namespace ability
