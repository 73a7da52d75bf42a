#include "protocol/http/origin.hpp"

#include <vector>

#include "protocol/auth/bearer.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

/// Input: an `Origin` up to the first line break, then the only entry of the list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto line_end = std::min(text.find('\n'), text.size());
  const auto origin = text.substr(0, line_end);
  const std::vector<std::string> allowed{std::string{text.substr(std::min(line_end + 1, text.size()))}};
  const bool may = origin_allowed(origin, allowed);
  hold(origin_allowed(origin, {}), "without a list all may");
  hold(may || !allowed[0].empty(), "an empty entry is none");
  const bool for_all = allowed[0].empty() || allowed[0] == "*";
  const bool native = (origin.empty() && allowed[0] == "none") || allowed[0] == "null";
  hold(!may || for_all || native || origin.find("://") != std::string_view::npos, "who has no host may not");
  hold(!may || for_all || native ||
           origin.find_first_of("\\%@, ") >= origin.find_first_of("/?#", origin.find("://") + 3),
       "a host is written as browsers write it");
  hold(!is_same_host(origin, allowed[0], false) || origin.find("://") != std::string_view::npos,
       "who has no host is from nowhere");
  hold(!bearer_matches(origin, ""), "an empty key matches nothing");
  return 0;
}
