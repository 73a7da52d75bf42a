#include "protocol/auth/signed_stream.hpp"

#include <utility>

#include "protocol/auth/secret.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/base64.hpp"

namespace ability {
namespace {

constexpr std::string_view separator = "--";

/// Reads the root value of a text.
class root_reader final : public json_visitor {
public:
  void on_value(std::size_t depth, std::string_view, const json_value& value) override {
    if (depth == 0) {
      root.take(value);
    }
  }

  json_field root{"name"};
};

}  // namespace

std::string sign_stream(std::string_view name, std::string_view secret) {
  std::string literal;
  append_json_string(literal, name);
  auto out = encode_base64(literal);
  const auto signature = derive_key(secret, out);
  return out.append(separator).append(signature);
}

result<std::string> verify_stream(std::string_view signed_name, std::string_view secret) {
  // The last separator: URL-safe base64 can contain "--", a signature cannot.
  const auto end = signed_name.rfind(separator);
  if (end == std::string_view::npos) {
    return fault{errc::bad_signature, "a stream name has no signature"};
  }
  const auto text = signed_name.substr(0, end);
  const auto signature = signed_name.substr(end + separator.size());
  if (secret.empty() || !constant_time_equal(derive_key(secret, text), signature)) {
    return fault{errc::bad_signature, "the signature of a stream name does not match"};
  }
  const auto literal = decode_base64(text);
  if (!literal) {
    return literal.error();
  }
  root_reader reader;
  if (auto read = visit_json(*literal, reader); !read) {
    return read.error();
  }
  if (reader.root.kind != json_kind::string) {
    return fault{errc::wrong_type,
                 "a signed stream name must be a string, found " + std::string{describe(reader.root.kind)}};
  }
  if (reader.root.text.empty()) {
    return fault{errc::empty_value, "a signed stream name must not be empty"};
  }
  return std::move(reader.root.text);
}

}  // namespace ability
