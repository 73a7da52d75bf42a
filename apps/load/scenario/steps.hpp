/// What a virtual client does, step by step.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ability::load {

using std::chrono::milliseconds;

/// What a client speaks.
enum class transport : std::uint8_t { action_cable, fly_tcp, fly_udp, fly_websocket };

/// Where a publication is handed in.
enum class publish_by : std::uint8_t { http, redis, fly };

const char* name_of(transport which) noexcept;  ///< as in a scenario: `fly_tcp`

/// Which streams of a set a client takes.
enum class pick : std::uint8_t {
  own,     ///< the one with the client's number in its group, modulo the number of streams
  random,  ///< any, each time anew; the same in each run of the scenario
  each     ///< all of them; a publisher takes them in turn
};

/// Streams of a set.
struct stream_choice {
  std::size_t set = 0;  ///< index into `scenario::streams`
  pick how = pick::own;
};

/// A time that is drawn anew each time, evenly between both.
struct time_range {
  milliseconds from{0};
  milliseconds to{0};
};

/// How often a publisher publishes.
struct pace {
  double per_second = 0;  ///< publications; 0: the next goes when the one before was answered
};

// -- steps: what a client does, one after the other. Messages that arrive are counted all the while. ---------------

/// Connects and is let in.
struct connect_step {};

/// Follows streams, and goes on when all are confirmed or refused.
struct subscribe_step {
  stream_choice to;
  /// Action Cable: the identifier's JSON, in which `{stream}` stands for the name of the stream; for channels of an
  /// application. Empty: the stream itself, as the channel `$pubsub`.
  std::string channel;
};

/// Sends an action to the application's channel of the first subscription. Action Cable only.
struct perform_step {
  std::string data;  ///< JSON, as `perform` of the client library would send it
};

/// Publishes, and goes on when all are answered for.
struct publish_step {
  publish_by by = publish_by::http;
  stream_choice to;
  pace at;
  std::optional<std::size_t> times;     ///< publications; this or `lasting` is given
  std::optional<milliseconds> lasting;  ///< from the first
  std::size_t bytes = 100;              ///< length of a message as JSON, quotes included; at least `min_message_bytes`
  std::size_t batch = 1;                ///< publications handed in at once
};

/// Waits until this client has got more messages, or a text that holds something.
struct expect_step {
  std::size_t messages = 0;  ///< since the step began; 0: `text` counts
  std::string text;          ///< in anything that comes for a subscription
  milliseconds within{5'000};
};

/// Waits.
struct wait_step {
  time_range lasting;
};

/// Waits until all clients that have a step of this name have come to theirs, or have ended.
struct meet_step {
  std::string name;
};

/// Reads nothing for a while; forever if no time is given, though the client's steps go on.
struct stall_step {
  std::optional<milliseconds> lasting;
};

/// Closes the connection.
struct disconnect_step {};

/// Drops the connection, waits, connects anew and follows what it followed.
struct reconnect_step {
  time_range after;
};

struct step;

/// Does steps again and again. One of both is given.
struct repeat_step {
  std::optional<std::size_t> times;
  std::optional<milliseconds> lasting;  ///< begins anew as long as this has not passed
  std::vector<step> steps;
};

struct step {
  std::variant<connect_step, subscribe_step, perform_step, publish_step, expect_step, wait_step, meet_step, stall_step,
               disconnect_step, reconnect_step, repeat_step>
      what;
};

const char* name_of(publish_by which) noexcept;  ///< as in a scenario: `http`

/// The least and the most that one message can have, in bytes.
inline constexpr std::size_t min_message_bytes = 64;
inline constexpr std::size_t max_message_bytes = 1'000'000;

}  // namespace ability::load
