/// Questions and commands of a monitoring program: verbs with arguments in JSON.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/monitor/event_kind.hpp"
#include "protocol/result.hpp"

namespace ability {

/// The verbs. Empty texts were not given.
namespace verb {

inline constexpr std::size_t default_limit = 100;
inline constexpr std::size_t max_limit = 1'000;
inline constexpr std::size_t max_filter = 256;  ///< bytes; many names are searched for it

struct login {
  std::string secret = {};
};

struct status {};

/// A page of connections whose sid or identity contains `filter`, sorted by sid.
struct connections {
  std::string filter = {};
  std::size_t limit = default_limit;
  std::string after = {};  ///< `next` of the previous page
};

struct connection {
  std::string id = {};
};

/// A page of streams whose name contains `filter`, sorted by name.
struct streams {
  std::string filter = {};
  std::size_t limit = default_limit;
  std::string after = {};
};

/// One stream, and at most `limit` of its followers.
struct stream {
  std::string name = {};
  std::size_t limit = default_limit;
};

/// The log of one stream, with at most `limit` of its last publications.
struct history {
  std::string name = {};
  std::size_t limit = default_limit;
};

/// The members of one stream, at most `limit`.
struct presence {
  std::string name = {};
  std::size_t limit = default_limit;
};

/// The number of sessions without a connection.
struct sessions {};

struct nodes {};

struct watch {
  std::chrono::milliseconds interval{1'000};  ///< between snapshots; 0: none
  std::uint32_t events = 0;                   ///< one bit for each `event_kind`
};

struct unwatch {};

/// Exactly one of `id` and `identity` is given.
struct disconnect {
  std::string id = {};
  std::string identity = {};
  bool reconnect = true;
};

/// `notice` is the part of `within` during which new clients are still admitted; none: the node decides.
struct drain {
  std::chrono::seconds within{30};
  bool reconnect = true;
  std::optional<std::chrono::seconds> notice = {};
};

struct undrain {};

struct log_level {
  std::string level = {};  ///< one of `log_levels`
};

/// In ascending severity.
inline constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warn", "error"};

}  // namespace verb

using monitor_question =
    std::variant<verb::login, verb::status, verb::connections, verb::connection, verb::streams, verb::stream,
                 verb::history, verb::sessions, verb::presence, verb::nodes, verb::watch, verb::unwatch,
                 verb::disconnect, verb::drain, verb::undrain, verb::log_level>;

/// Reads the arguments of a verb: a JSON object, or empty text, which counts as an empty object. A null value counts as
/// absent; the last of equal keys counts.
///
/// Errors, each a sentence for the user: `unknown_command` (no such verb); for the arguments `malformed_json`,
/// `wrong_type`, `wrong_value` (also a key unknown to the verb), `missing_key`, `empty_value`, `too_large`.
result<monitor_question> decode_question(std::string_view verb, std::string_view arguments);

/// True if it changes something, and so needs the cluster's secret.
bool is_command(const monitor_question& what) noexcept;

}  // namespace ability
