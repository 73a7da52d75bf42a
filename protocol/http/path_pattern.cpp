#include "protocol/http/path_pattern.hpp"

#include <algorithm>

namespace ability {

bool path_matches(std::string_view pattern, std::string_view path) noexcept {
  while (!pattern.empty()) {
    const auto open = std::min(pattern.find("/{"), pattern.size());
    const bool last = open == pattern.size();
    if (last && pattern.ends_with('*'))
      return path.starts_with(pattern.substr(0, pattern.size() - 1));
    if (last)
      return path == pattern;
    // The text up to and including the slash before the placeholder.
    if (!path.starts_with(pattern.substr(0, open + 1)))
      return false;
    path.remove_prefix(open + 1);
    const auto segment = std::min(path.find('/'), path.size());
    if (segment == 0)
      return false;
    path.remove_prefix(segment);
    pattern.remove_prefix(std::min(pattern.find('}', open) + 1, pattern.size()));
  }
  return path.empty();
}

}  // namespace ability
