#include "protocol/json_text.hpp"

#include <nlohmann/json.hpp>

#include "protocol/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto checked = validate_json(text);
  if (checked) {
    hold(is_utf8(text), "valid JSON is UTF-8");
    hold(text.find('\0') == std::string_view::npos, "valid JSON has no NUL");
    std::string spliced = "[";
    spliced.append(text).append(",").append(text).append("]");
    hold(nlohmann::json::accept(spliced), "valid JSON can be spliced");
  } else {
    hold(checked.error().code == errc::malformed_json, "the only error is malformed_json");
  }
  std::string quoted;
  append_json_string(quoted, text);
  hold(validate_json(quoted).has_value(), "a quoted string is JSON");
  if (is_utf8(text)) {
    hold(nlohmann::json::parse(quoted).get<std::string>() == text, "a quoted string survives");
  }
  return 0;
}
