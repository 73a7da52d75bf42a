#include "protocol/json/json_fields.hpp"

#include <algorithm>
#include <utility>

namespace ability {
namespace {

/// Fills the fields of the root object.
class fields_reader final : public json_visitor {
public:
  explicit fields_reader(std::span<json_field* const> fields) : fields_{fields} {}

  void on_value(std::size_t depth, std::string_view key, const json_value& value) override {
    if (depth == 0) {
      root_ = value.kind;
    } else if (depth == 1 && root_ == json_kind::object) {
      const auto found = std::ranges::find(fields_, key, &json_field::key);
      current_ = found == fields_.end() ? nullptr : *found;
      if (current_ != nullptr) {
        current_->take(value);
      }
    }
  }

  void on_end(std::size_t depth, std::string_view raw) override {
    if (depth == 1 && current_ != nullptr) {
      current_->raw = raw;
    }
  }

  json_kind root() const noexcept { return root_; }

private:
  std::span<json_field* const> fields_;
  json_field* current_ = nullptr;  // the field that receives the current value
  json_kind root_ = json_kind::absent;
};

std::string sentence(std::string_view key, std::string_view must_be, std::string_view found) {
  std::string out;
  out.append("\"").append(key).append("\" must be ").append(must_be).append(", found ").append(found);
  return out;
}

}  // namespace

void json_field::take(const json_value& value) {
  kind = value.kind;
  flag = value.flag;
  raw = value.raw;
  text = raw_only ? std::string{} : value.text();
  number = raw_only ? 0 : value.number();
}

result<void> read_object(std::string_view text, std::string_view what, std::span<json_field* const> fields) {
  fields_reader reader{fields};
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
