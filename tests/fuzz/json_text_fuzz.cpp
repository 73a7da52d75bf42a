#include "protocol/json_text.hpp"

#include <nlohmann/json.hpp>

#include "protocol/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

// Whether a parser takes `text` that wants characters and finite numbers; what it cannot hold may be passed through.
bool is_taken(std::string_view text) {
  try {
    return !nlohmann::json::parse(replace_half_pairs(text)).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return true;
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto checked = validate_json(text);
  if (checked) {
    hold(is_utf8(text), "valid JSON is UTF-8");
    hold(text.find('\0') == std::string_view::npos, "valid JSON has no NUL");
    std::string spliced = "[";
    spliced.append(text).append(",").append(text).append("]");
    hold(is_taken(spliced), "valid JSON can be spliced");
  } else {
    hold(checked.error().code == errc::malformed_json, "the only error is malformed_json");
    const bool ours = text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF") ||
                      checked.error().detail.find("nested") != std::string::npos;
    hold(ours || !nlohmann::json::accept(text), "what a parser takes is valid JSON");
  }
  std::string quoted;
  append_json_string(quoted, text);
  hold(validate_json(quoted).has_value(), "a quoted string is JSON");
  if (is_utf8(text)) {
    hold(nlohmann::json::parse(quoted).get<std::string>() == text, "a quoted string survives");
    hold(decode_json_string(quoted) == text, "a quoted string is read as it was");
  }
  return 0;
}
