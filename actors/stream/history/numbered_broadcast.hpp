/// A broadcast with its place in the log of its stream.
#pragma once

#include <cstdint>

#include "actors/broadcast/accepted_broadcast.hpp"

namespace ability {

struct numbered_broadcast {
  broadcast_ptr message;
  std::uint64_t offset;  ///< 0: it is not in the log
};

}  // namespace ability
