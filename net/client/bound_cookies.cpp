#include "net/client/bound_cookies.hpp"

#include "protocol/auth/secret.hpp"
#include "protocol/http/forwarded.hpp"

namespace ability {

std::string digest_of_cookies(std::string_view header, const std::vector<std::string>& names) {
  if (names.empty())
    return {};
  std::string values;
  for (const auto& name : names)
    values.append(keep_cookies(header, {&name, 1})).append("\n");
  return derive_key(values, "session-cookies");
}

}  // namespace ability
