/// The steps of a virtual client.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ability::load {

using std::chrono::milliseconds;

/// Protocol of a client. Clients of those with `ext` resume: `action_cable_ext` is Action Cable's extended protocol,
/// the others are FlyRPC with positions.
enum class transport : std::uint8_t {
  action_cable,
  action_cable_ext,
  fly_tcp,
  fly_tcp_ext,
  fly_udp,
  fly_udp_ext,
  fly_websocket,
  fly_websocket_ext
};

inline constexpr std::array transports{transport::action_cable,  transport::action_cable_ext, transport::fly_tcp,
                                       transport::fly_tcp_ext,   transport::fly_udp,          transport::fly_udp_ext,
                                       transport::fly_websocket, transport::fly_websocket_ext};

inline bool is_action_cable(transport which) noexcept {
  return which == transport::action_cable || which == transport::action_cable_ext;
}

inline bool is_extended(transport which) noexcept {
  return which == transport::action_cable_ext || which == transport::fly_tcp_ext || which == transport::fly_udp_ext ||
         which == transport::fly_websocket_ext;
}

/// Way to publish.
enum class publish_by : std::uint8_t { http, redis, fly };

const char* name_of(transport which) noexcept;  ///< name in a scenario: `fly_tcp`

/// Selection of streams from a set.
enum class pick : std::uint8_t {
  own,     ///< the stream with the client's number in its group, modulo the number of streams
  random,  ///< a random stream at each use; the same in each run of the scenario
  each     ///< all streams; a publisher takes them in turn
};

/// Streams of a set.
struct stream_choice {
  std::size_t set = 0;  ///< index into `scenario::streams`
  pick how = pick::own;
};

/// A random time, drawn at each use, evenly distributed.
struct time_range {
  milliseconds from{0};
  milliseconds to{0};
};

/// Rate of a publisher.
struct pace {
  double per_second = 0;  ///< publications; 0: publish after the answer to the previous one
};

// -- steps, done one after the other. Arriving messages are counted all the time. ----------------------------------

/// Connects and waits for admission.
struct connect_step {};

/// Follows streams, and waits until all are confirmed or refused.
struct subscribe_step {
  stream_choice to;
  /// Action Cable: the identifier's JSON for an application's channel; `{stream}` stands for the name of the stream.
  /// Empty: the stream itself through the channel `$pubsub`.
  std::string channel;
};

/// Sends an action to the application's channel of the first subscription. Action Cable only.
struct perform_step {
  std::string data;  ///< JSON, as sent by `perform` of the client library
};

/// Publishes, and waits until all publications are answered.
struct publish_step {
  publish_by by = publish_by::http;
  stream_choice to;
  pace at;
  std::optional<std::size_t> times;     ///< publications; either this or `lasting` is given
  std::optional<milliseconds> lasting;  ///< duration from the first publication
  std::size_t bytes = 100;              ///< length of a message as JSON, with quotes; at least `min_message_bytes`
  std::size_t batch = 1;                ///< publications sent in one request
};

/// Waits until this client has received a number of messages, or a certain text.
struct expect_step {
  std::size_t messages = 0;  ///< since the start of the step; 0: wait for `text`
  std::string text;          ///< part of any message for a subscription
  milliseconds within{5'000};
};

/// Waits for a time.
struct wait_step {
  time_range lasting;
};

/// Waits until all clients with a step of this name have reached it or have ended.
struct meet_step {
  std::string name;
};

/// Stops reading for a time; forever if no time is given. The client's next steps follow at once in that case.
struct stall_step {
  std::optional<milliseconds> lasting;
};

/// Closes the connection.
struct disconnect_step {};

/// Drops the connection, waits, connects again and follows the same streams again.
struct reconnect_step {
  time_range after;
};

struct step;

/// Repeats steps. Either `times` or `lasting` is given.
struct repeat_step {
  std::optional<std::size_t> times;
  std::optional<milliseconds> lasting;  ///< a new round begins until this time has passed
  std::vector<step> steps;
};

struct step {
  std::variant<connect_step, subscribe_step, perform_step, publish_step, expect_step, wait_step, meet_step, stall_step,
               disconnect_step, reconnect_step, repeat_step>
      what;
};

const char* name_of(publish_by which) noexcept;  ///< name in a scenario: `http`

/// The bounds of the size of one message, in bytes.
inline constexpr std::size_t min_message_bytes = 64;
inline constexpr std::size_t max_message_bytes = 1'000'000;

}  // namespace ability::load
