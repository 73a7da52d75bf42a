/// The messages of history between a connection, a query or a program and a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/broadcast/batch.hpp"
#include "actors/interfaces.hpp"
#include "actors/local_message.hpp"
#include "actors/node/history_outcome.hpp"
#include "actors/stream/history/replay_room.hpp"
#include "config/settings/history_settings.hpp"
#include "protocol/client/wire_format.hpp"
#include "protocol/history/history_request.hpp"
#include "protocol/history/shared_log.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// Answer of a stream to a request.
struct history_answer {
  history_outcome outcome = history_outcome::not_asked;
  stream_position at = {};  ///< of the last publication before the live data
  batch_ptr missed = {};    ///< null: nothing was missed
};

/// Hold live data of a subscriber back and answer its `request`. Answered by `history_held`.
struct hold_for_history {
  using local_message = void;
  std::string key;
  const wire_format* format;
  connection_actor subscriber;
  std::size_t slot;
  stream_position began;  ///< `subscribed::began` and `epoch`
  std::shared_ptr<const history_request> request;
  std::shared_ptr<replay_room> room = {};  ///< of the subscriber; null: `max_replay` alone counts
};

/// The subscriber gets no live data until it sends `release_held`.
struct history_held {
  using local_message = void;
  std::uint64_t hold;   ///< number for `release_held`; 0: there is no such subscriber
  std::uint64_t began;  ///< replaces the earlier one
  std::shared_ptr<const history_answer> answer;
};

/// Send the live data that was held back, and go on with it.
struct release_held {
  using local_message = void;
  std::uint64_t hold;
};

/// The time has come to look for publications that are too old.
struct trim_history {
  using local_message = void;
};

/// Drop the publications of the log, as the node keeps too much. Answered by `log_dropped`.
struct drop_log {
  using local_message = void;
};

struct log_dropped {
  using local_message = void;
};

/// Describe the log of a stream, with at most `limit` of its last publications.
struct describe_history {
  using local_message = void;
  std::string name;  ///< used by the directory
  std::size_t limit;
};

/// Facts of a log. `found` is false for a stream without one and without a position.
struct history_facts {
  using local_message = void;
  struct publication {
    std::uint64_t offset;
    std::int64_t time;  ///< Unix time in milliseconds
    std::size_t bytes;  ///< of its data
  };
  bool found = false;
  stream_position at = {};                    ///< of the last publication
  std::size_t kept = 0;                       ///< publications
  std::size_t bytes = 0;                      ///< size of the log; 0: only the position is kept
  history_bounds bounds = {};                 ///< of the log
  std::vector<publication> last = {};         ///< in their order
  bool is_shared = false;                     ///< the log is not in this node, and `bytes` is unknown
  std::optional<redis_failure> failure = {};  ///< reason for which a shared log cannot be read
};

/// List publications of the log for a program. Answered by `history_page`.
struct list_history {
  using local_message = void;
  std::string stream;                    ///< used by the directory
  std::optional<stream_position> since;  ///< list the first ones behind it; none: the last ones
  std::size_t limit;                     ///< publications, at most
};

/// A part of the log, see `history_listing`.
struct history_page {
  using local_message = void;
  history_outcome outcome = history_outcome::no_log;     ///< `answered`, or why it cannot be told
  std::shared_ptr<const std::string> listing = nullptr;  ///< null: it cannot be told
  std::optional<redis_failure> failure = {};             ///< reason for which a shared log cannot be read
};

/// Ask the stream, and call `then` with its answer, or with null if the stream failed.
struct read_history {
  using local_message = void;
  list_history question;
  std::function<void(const history_page*)> then;
};

// -- a log that is shared with other nodes --------------------------------------------------------------------------

/// Publications to the log come as `log_news_came` from now on; those before have to be read.
struct log_followed {
  using local_message = void;
};

/// A publication was added to the log.
struct log_news_came {
  using local_message = void;
  stream_position at;
  std::int64_t time;  ///< Unix time in milliseconds
  broadcast_ptr message;
  bool is_own;  ///< the answer to a publication of this node, which may overtake earlier ones of other nodes
};

/// The answer to `log_store::read()`.
struct log_read {
  using local_message = void;
  std::uint64_t behind;  ///< as it was asked for
  redis_result<log_content> content;
};

/// A part of a shared log, for the reader that has asked for it; none: there is no log.
struct log_listed {
  using local_message = void;
  redis_result<std::optional<log_content>> content;
};

/// Publications of the stream before the next one may be lost.
struct history_lost {
  using local_message = void;
  std::shared_ptr<const std::string> stream;
};

/// Compare the copy of the log with the log. An earlier one of these messages has a smaller number.
struct check_log {
  using local_message = void;
  std::uint64_t number;
};

/// Answer requests that have waited for the log without it.
struct answer_without_waiting {
  using local_message = void;
};

}  // namespace ability
