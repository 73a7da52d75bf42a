/// The answers of a log's scripts, and what followers of its channel are sent.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/history/shared_log.hpp"
#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

redis_result<log_appended> read_appended(const redis_value& answer);

redis_result<log_content> read_content(std::string_view stream, const redis_value& answer);

/// The answer to `list_command()`; none: there is no log.
redis_result<std::optional<log_content>> read_listed(std::string_view stream, const redis_value& answer);

/// None: `text` is not of this daemon.
std::optional<log_news> read_news(std::string_view stream, std::string_view text);

}  // namespace ability
