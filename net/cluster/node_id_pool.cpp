#include "net/cluster/node_id_pool.hpp"

#include <algorithm>
#include <random>

#include "net/cluster/caf_bridge.hpp"

namespace ability {

namespace {

// A random machine id, the same for all ids of this process.
const std::array<char, 20>& made_up_host() {
  static const auto host = [] {
    std::array<char, 20> made;
    std::random_device random;
    std::ranges::generate(made, [&random] { return static_cast<char>(random() & 0xff); });
    return made;
  }();
  return host;
}

}  // namespace

node_id_pool::node_id_pool(std::uint32_t first, std::size_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    free_.push_back({first + i, clock::time_point::min()});
}

std::optional<node_id_pool::lease> node_id_pool::take(clock::time_point now) {
  if (free_.empty() || free_.front().from > now)
    return std::nullopt;
  const auto process = free_.front().process;
  free_.pop_front();
  return lease{process, make_basp_node_id(process, made_up_host())};
}

void node_id_pool::give_back(const lease& which, clock::time_point now) {
  free_.push_back({which.process, now + rest_time});
}

}  // namespace ability
