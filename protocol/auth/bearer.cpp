#include "protocol/auth/bearer.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <locale>

#include "protocol/auth/secret.hpp"

namespace ability {

bool bearer_matches(std::string_view authorization_header, std::string_view key) {
  constexpr std::string_view scheme = "Bearer ";
  if (key.empty() || !boost::algorithm::istarts_with(authorization_header, scheme, std::locale::classic())) {
    return false;
  }
  authorization_header.remove_prefix(scheme.size());
  authorization_header.remove_prefix(
      std::min(authorization_header.find_first_not_of(' '), authorization_header.size()));
  return constant_time_equal(authorization_header, key);
}

}  // namespace ability
