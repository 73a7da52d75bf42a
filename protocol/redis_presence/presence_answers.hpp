/// The answers about the members of a stream, and what followers of its channel are sent of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/presence/shared_members.hpp"
#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

struct presence_applied {
  members_applied done = {};
  std::optional<redis_error> refused = {};  ///< why the first one that failed did
};

/// Reads the answer to `orders` of them.
redis_result<presence_applied> read_applied(const redis_value& answer, std::size_t orders);

/// A part of the members.
struct scanned_members {
  std::string cursor = {};  ///< of the next part; `0`: there is none
  std::vector<member_facts> members = {};
};

redis_result<scanned_members> read_scanned(const redis_value& answer);

/// True if what came on a stream's channel is about its members, and no publication.
constexpr bool is_member_news(std::string_view text) noexcept { return text.starts_with('+') || text.starts_with('-'); }

/// Reads events. None: `text` is not of this daemon.
std::optional<std::vector<member_event>> read_member_news(std::string_view text);

}  // namespace ability
