#include "config/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ability {
namespace {

// Levenshtein distance.
std::size_t changes(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      auto change = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& names) {
  // Longer texts are no misspelt names, and the cost grows with the length.
  if (wrong.size() > 64)
    return {};
  auto best = std::string{};
  auto fewest = std::min<std::size_t>(4, wrong.size() / 2 + 1);
  for (const auto& name : names) {
    if (auto n = changes(wrong, name); n < fewest) {
      fewest = n;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
  auto name = nearest_name(wrong, names);
  return name.empty() ? name : " (did you mean " + name + "?)";
}

}  // namespace ability
