/// A pool of substitute node ids. CAF never frees a node id, so peers are mapped onto a small reusable set, each used
/// by one peer at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "protocol/basp/basp_filter.hpp"

namespace ability {

/// A returned id rests for `rest_time`, until CAF has cleaned up after the peer that had it.
class node_id_pool {
public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds rest_time{10};

  /// One id, in use.
  struct lease {
    std::uint32_t process;
    basp_node_id id;
  };

  /// Ids of the processes `first` to `first + count - 1`.
  node_id_pool(std::uint32_t first, std::size_t count);

  /// Returns an id; none if all are in use or rest.
  std::optional<lease> take(clock::time_point now = clock::now());

  void give_back(const lease& which, clock::time_point now = clock::now());

private:
  struct free_id {
    std::uint32_t process;
    clock::time_point from;
  };
  std::deque<free_id> free_;  // the longest free first
};

}  // namespace ability
