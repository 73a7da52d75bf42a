#include "protocol/json/excerpt.hpp"

#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace {

constexpr std::size_t max_excerpt = 64;  // bytes

}  // namespace

std::string excerpt(std::string_view input) {
  std::string out;
  append_json_string(out, utf8_prefix(input, max_excerpt));
  if (input.size() > max_excerpt)
    out += "...";
  return out;
}

}  // namespace ability
