#include "actors/broadcast/batch.hpp"

namespace ability {

std::pair<std::string, std::uint64_t> batch::without(const std::function<bool(std::string_view)>& is_mine) const {
  std::string rest;
  std::size_t from = 0;
  auto frames = count;
  for (const auto& excluded : exclusions) {
    if (!is_mine(excluded.sid))
      continue;
    rest.append(*bytes, from, excluded.offset - from);
    from = excluded.offset + excluded.size;
    --frames;
  }
  rest.append(*bytes, from);
  return {std::move(rest), frames};
}

}  // namespace ability
