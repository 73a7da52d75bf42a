/// What a monitoring program may ask and order: verbs with arguments in JSON.
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

/// The verbs. Texts that are empty were not given.
namespace verb {

inline constexpr std::size_t default_limit = 100;
inline constexpr std::size_t max_limit = 1'000;
inline constexpr std::size_t max_filter = 256;  ///< bytes: many names are searched for it

struct login {
  std::string secret = {};
};

struct status {};

/// A page of connections whose sid or identity contains `filter`, in the order of their sids.
struct connections {
  std::string filter = {};
  std::size_t limit = default_limit;
  std::string after = {};  ///< `next` of the page before
};

struct connection {
  std::string id = {};
};

/// A page of streams whose name contains `filter`, in the order of their names.
struct streams {
  std::string filter = {};
  std::size_t limit = default_limit;
  std::string after = {};
};

/// One stream, and at most `limit` of who follows it.
struct stream {
  std::string name = {};
  std::size_t limit = default_limit;
};

struct nodes {};

struct watch {
  std::chrono::milliseconds interval{1'000};  ///< between snapshots; 0: none
  std::uint32_t events = 0;                   ///< a bit for each `event_kind`
};

struct unwatch {};

/// Exactly one of `id` and `identity` is given.
struct disconnect {
  std::string id = {};
  std::string identity = {};
  bool reconnect = true;
};

/// `notice` is the part of `within` in which new clients are still let in; none: the node decides.
struct drain {
  std::chrono::seconds within{30};
  bool reconnect = true;
  std::optional<std::chrono::seconds> notice = {};
};

struct undrain {};

struct log_level {
  std::string level = {};  ///< one of `log_levels`
};

/// In the order of their weight.
inline constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warn", "error"};

}  // namespace verb

using monitor_question = std::variant<verb::login, verb::status, verb::connections, verb::connection, verb::streams,
                                      verb::stream, verb::nodes, verb::watch, verb::unwatch, verb::disconnect,
                                      verb::drain, verb::undrain, verb::log_level>;

/// Reads the arguments of a verb: a JSON object, or nothing, which counts as an empty one. A key that is null counts as
/// not given; of equal keys the last one counts.
///
/// Errors, each a sentence for whoever asked: `unknown_command` (no such verb); all others are of the arguments:
/// `malformed_json`, `wrong_type`, `wrong_value` (also a key that the verb does not know), `missing_key`,
/// `empty_value`, `too_large`.
result<monitor_question> decode_question(std::string_view verb, std::string_view arguments);

/// Whether it changes something, and so needs the cluster's secret.
bool is_command(const monitor_question& what) noexcept;

}  // namespace ability
