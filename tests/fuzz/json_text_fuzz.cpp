#include "protocol/json/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

// `json` with every surrogate escape, of a half or a whole pair, replaced, as a parser refuses halves.
std::string without_surrogates(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const bool is_surrogate = json.size() >= 6 && json.starts_with("\\u") && (json[2] | 0x20) == 'd' &&
                              std::string_view{"89abcdefABCDEF"}.find(json[3]) != std::string_view::npos;
    const std::size_t size = is_surrogate ? 6 : json[0] == '\\' ? 2 : 1;
    out += is_surrogate ? R"(\ufffd)" : json.substr(0, size);
    json.remove_prefix(std::min(size, json.size()));
  }
  return out;
}

// True if a parser of characters and finite numbers accepts `text`; numbers that it cannot represent are accepted.
bool is_taken(std::string_view text) {
  try {
    return !nlohmann::json::parse(without_surrogates(text)).is_discarded();
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
  const auto content = content_of(text);
  hold((content == text_content::json) == checked.has_value(), "text is JSON if it is valid");
  if (content == text_content::nested_too_deep)
    hold(is_taken(text), "what is nested too deep is JSON but for that");
  std::string quoted;
  append_json_string(quoted, text);
  hold(validate_json(quoted).has_value(), "a quoted string is JSON");
  if (is_utf8(text)) {
    hold(nlohmann::json::parse(quoted).get<std::string>() == text, "a quoted string survives");
    hold(decode_json_string(quoted) == text, "a quoted string is read as it was");
  }
  return 0;
}
