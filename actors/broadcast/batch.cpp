#include "actors/broadcast/batch.hpp"

namespace ability {

batch::selection batch::without(const std::function<bool(std::string_view)>& is_mine) const {
  std::string rest;
  std::size_t from = 0;
  auto left = count;
  std::uint64_t added = 0;
  for (const auto& excluded : exclusions) {
    if (!is_mine(excluded.sid))
      continue;
    rest.append(*bytes, from, excluded.offset - from).append(excluded.instead);
    from = excluded.offset + excluded.size;
    --left;
    added += excluded.instead.empty() ? 0 : 1;
  }
  rest.append(*bytes, from);
  return {std::move(rest), left, left + added};
}

}  // namespace ability
