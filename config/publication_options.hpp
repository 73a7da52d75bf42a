// The options of publications: how they are published, and how long they are kept.
#pragma once

#include <vector>

#include "config/option.hpp"
#include "config/options.hpp"

namespace ability {

/// Options of publishing by HTTP.
std::vector<option> broadcast_options();

/// Options of the history of streams, and of sessions that outlive their connections.
std::vector<option> history_options();

/// Options of the members of streams, and of the HTTP API.
std::vector<option> presence_options();

/// Options of publishing by Redis.
std::vector<option> redis_options();

/// True if publications come by Redis' pub/sub.
bool reads_redis_channel(const options& given);

/// True if publications come as entries of a Redis stream.
bool reads_redis_stream(const options& given);

}  // namespace ability
