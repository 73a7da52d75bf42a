// Clients of abilityd that want what they missed: what they say, and what the bench reads in what they are told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/scenarios.hpp"

namespace ability::load {

/// Position in the log of a stream.
struct known_position {
  std::string epoch;
  std::uint64_t offset = 0;
};

/// Commands about the subscription to a public stream; `more` are further keys, each with a comma before it.
std::string command_about(std::string_view command, const std::string& stream, const std::string& more = {});

/// The key `history` of a command, with a comma before it, as @anycable/core writes it.
std::string history_key(const std::string& stream, const known_position& at);

/// Clients of the base protocol or the extended one that wait for their welcome, as real ones do, then subscribe.
client_script patient_script(const running_server& server, bool extended, const streams_of_client& streams_of);

/// The position of the last publication in `text`, which holds whole messages of the server.
std::optional<known_position> last_position(std::string_view text);

/// The sid of the welcome in `text`.
std::string sid_in(std::string_view text);

/// Numbers of the bench's messages (`message_of`) in `text`, in their order.
std::vector<std::uint64_t> numbers_in(std::string_view text);

/// Publishes to each of `streams` the messages `first` to `first + count - 1`, 100 bytes each, many in one POST.
void publish_to_all(const running_server& server, const std::vector<std::string>& streams, std::size_t first,
                    std::size_t count);

/// Waits until a metric has a value. Throws after `limit_ms`.
void await_metric(const running_server& server, const std::string& name, double value, int limit_ms = 30'000);

/// Reports a failure if there is no daemon to measure; returns false then.
bool has_daemon(const bench_settings& settings, report& out);

}  // namespace ability::load
