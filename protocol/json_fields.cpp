#include "protocol/json_fields.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/json_text.hpp"

namespace ability {
namespace {

using nlohmann::json;

/// Between nlohmann's parser, which keeps its own stack on the heap, and a visitor.
class sax_adapter final : public nlohmann::json_sax<json> {
public:
  explicit sax_adapter(json_visitor& visitor) : visitor_{visitor} {}

  bool null() override { return tell({json_kind::null}); }
  bool boolean(bool flag) override { return tell({json_kind::boolean, nullptr, flag}); }
  bool number_integer(number_integer_t value) override { return tell_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return tell_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return tell_number(value); }
  bool string(string_t& text) override { return tell({json_kind::string, &text}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json_kind::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json_kind::array); }
  bool end_array() override { return close(); }

  bool key(string_t& key) override {
    key_.swap(key);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    constexpr int number_overflow = 406;
    if (error.id == number_overflow) {
      why_ = "a number out of range ends";
    }
    position_ = position;
    return false;
  }

  fault failure(std::size_t size) const {
    if (depth_ > max_json_depth) {
      return {errc::malformed_json, "malformed JSON: nested deeper than " + std::to_string(max_json_depth)};
    }
    if (position_ > size) {
      return {errc::malformed_json, "malformed JSON: it ends too early"};
    }
    return {errc::malformed_json, "malformed JSON: " + std::string{why_} + " at byte " + std::to_string(position_)};
  }

private:
  bool tell(json_value value) {
    visitor_.on_value(depth_, key_, value);
    key_.clear();
    return true;
  }

  bool tell_number(double value) { return tell({json_kind::number, nullptr, false, value}); }

  bool open(json_kind kind) {
    tell({kind});
    return ++depth_ <= max_json_depth;
  }

  bool close() {
    visitor_.on_end(--depth_);
    return true;
  }

  json_visitor& visitor_;
  std::size_t depth_ = 0;
  std::string key_;
  std::string_view why_ = "unexpected";
  std::size_t position_ = 0;
};

/// The fields of one object at the root.
class object_reader final : public json_visitor {
public:
  explicit object_reader(std::span<json_field* const> fields) : fields_{fields} {}

  void on_value(std::size_t depth, std::string_view key, json_value value) override {
    if (depth == 0) {
      root_ = value.kind;
    } else if (depth == 1 && root_ == json_kind::object) {
      for (auto* field : fields_) {
        if (field->key == key) {
          field->take(value);
          return;
        }
      }
    }
  }

  json_kind root() const noexcept { return root_; }

private:
  std::span<json_field* const> fields_;
  json_kind root_ = json_kind::absent;
};

std::string sentence(std::string_view key, std::string_view must_be, std::string_view found) {
  std::string out;
  out.append("\"").append(key).append("\" must be ").append(must_be).append(", found ").append(found);
  return out;
}

}  // namespace

std::string_view describe(json_kind kind) noexcept {
  switch (kind) {
    case json_kind::absent:
      return "nothing";
    case json_kind::null:
      return "null";
    case json_kind::boolean:
      return "a boolean";
    case json_kind::number:
      return "a number";
    case json_kind::string:
      return "a string";
    case json_kind::array:
      return "an array";
    case json_kind::object:
      return "an object";
  }
  return "something else";
}

result<void> visit_json(std::string_view text, json_visitor& visitor) {
  // The parser takes a NUL for the end and ignores what follows, and it skips a byte order mark. Neither is JSON, and
  // both would reach clients where text is spliced.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fault{errc::malformed_json, "malformed JSON: a raw NUL at byte " + std::to_string(nul + 1)};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fault{errc::malformed_json, "malformed JSON: a byte order mark"};
  }
  sax_adapter adapter{visitor};
  if (!json::sax_parse(text.begin(), text.end(), &adapter)) {
    return adapter.failure(text.size());
  }
  return {};
}

void json_field::take(json_value value) {
  kind = value.kind;
  flag = value.flag;
  number = value.number;
  if (value.text != nullptr) {
    text = std::move(*value.text);
  } else {
    text.clear();
  }
}

result<void> read_object(std::string_view text, std::string_view what, std::span<json_field* const> fields) {
  object_reader reader{fields};
  if (auto read = visit_json(text, reader); !read) {
    return read;
  }
  if (reader.root() != json_kind::object) {
    return fault{errc::wrong_type,
                 std::string{what} + " must be an object, found " + std::string{describe(reader.root())}};
  }
  return {};
}

fault unfit(const json_field& field, std::string_view must_be) {
  const auto code = field.kind == json_kind::absent ? errc::missing_key : errc::wrong_type;
  return {code, sentence(field.key, must_be, describe(field.kind))};
}

result<void> require_text(const json_field& field) {
  constexpr std::string_view must_be = "a non-empty string";
  if (field.kind != json_kind::string) {
    return unfit(field, must_be);
  }
  if (field.text.empty()) {
    return fault{errc::empty_value, sentence(field.key, must_be, "an empty string")};
  }
  return {};
}

}  // namespace ability
