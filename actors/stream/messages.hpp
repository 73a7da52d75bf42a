/// The messages of streams and their directories: to connections, to links and to queries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/broadcast/batch.hpp"
#include "actors/broadcast/publication_receipt.hpp"
#include "actors/interfaces.hpp"
#include "actors/local_message.hpp"
#include "actors/stream/history/messages.hpp"
#include "actors/stream/history/publication_ids.hpp"
#include "actors/stream/history/stream_log.hpp"
#include "actors/stream/presence/messages.hpp"
#include "protocol/client/wire_format.hpp"

namespace ability {

// -- connection and stream ------------------------------------------------------------------------------------------

/// A connection's subscription follows a stream. Answered by `subscribed`.
struct subscribe {
  using local_message = void;
  std::string stream;
  std::string key;            ///< subscription key in `format`
  const wire_format* format;  ///< wire format of the subscriber's frames
  connection_actor subscriber;
  std::shared_ptr<const history_request> history = {};  ///< messages that the client missed; null: not asked for
  std::shared_ptr<replay_room> room = {};               ///< for these; null: `max_replay` alone counts
};

/// The subscription follows the stream from now on.
struct subscribed {
  using local_message = void;
  std::shared_ptr<const std::string> stream;
  stream_actor actor;       ///< receiver of the unsubscribe; null: refused, the stream is at its limit of identifiers
  std::size_t slot;         ///< index of the subscriber in its group
  std::uint64_t began = 0;  ///< offset behind which the subscriber is sent all publications
  std::uint64_t epoch = 0;  ///< of the stream's log; 0: it keeps none
  std::shared_ptr<const history_held> held = {};  ///< answer to `history`: live data waits for `release_held`
};

/// A connection's subscription no longer follows the stream.
struct unsubscribe {
  using local_message = void;
  static constexpr std::size_t unknown_slot = static_cast<std::size_t>(-1);

  std::string stream;  ///< used by the directory; may be empty when sent to the stream
  std::string key;
  const wire_format* format;
  connection_actor subscriber;
  std::size_t slot;  ///< value from `subscribed`, or `unknown_slot`
};

/// Frames for the client.
struct deliver {
  using local_message = void;
  batch_ptr frames;
};

/// Send `reason` to the client, then close. `reconnect` tells the client whether it may come back.
struct disconnect_client {
  using local_message = void;
  std::string identity;  ///< required identity of the connection; empty: any
  std::string reason;
  bool reconnect;
};

// -- broadcasts -----------------------------------------------------------------------------------------------------

/// A message was published to the stream.
struct broadcast_to_stream {
  using local_message = void;
  broadcast_ptr message;
  std::shared_ptr<publication_receipt> receipt = {};  ///< null: its publisher does not wait for its position
  std::shared_ptr<first_publication> first = {};      ///< null: it has no id

  /// Tells the position that the message got.
  void tell(stream_position at) const {
    if (receipt != nullptr)
      receipt->tell(message->place(), at);
    if (first != nullptr)
      first->at = at;
  }
};

/// The message at `place` of a publication repeats `first`, and is not published: its publisher waits for the position.
struct repeat_to_stream {
  using local_message = void;
  std::shared_ptr<const first_publication> first;
  std::shared_ptr<publication_receipt> receipt;
  std::size_t place;
};

/// A shared log has taken a broadcast, or not.
struct append_answered {
  using local_message = void;
  broadcast_ptr message;
  std::shared_ptr<publication_receipt> receipt;  ///< null: its publisher does not wait
  redis_result<log_appended> outcome;
};

/// Send all broadcasts that came before this message.
struct flush_stream {
  using local_message = void;
};

// -- life of streams ------------------------------------------------------------------------------------------------

/// The stream has neither subscribers, nor members, nor a log that is needed. It has received `subscribes_seen`
/// subscribes and joins, and `broadcasts_seen` broadcasts since it was spawned.
struct stream_idle {
  using local_message = void;
  std::shared_ptr<const std::string> stream;
  stream_actor actor;  ///< a stream of that name may have followed it already
  std::uint64_t subscribes_seen;
  std::uint64_t broadcasts_seen = 0;
  std::optional<stream_log::summary> log = {};  ///< its empty log, whose position is to be kept
};

/// The directory has removed the stream.
struct retire_stream {
  using local_message = void;
};

// -- directory and link ---------------------------------------------------------------------------------------------

/// A link is up. The directory replies with `interest_news` of all its streams, and then of each change.
struct link_opened {
  using local_message = void;
  link_actor link;
};

/// A link has ended, and with it the other node's interest. `in_order`: that node has left the cluster; otherwise its
/// last publications may be lost, and every stream here is marked. The directory forwards this message to the link,
/// behind everything else that it has sent there.
struct link_closed {
  using local_message = void;
  link_actor link;
  std::string node;  ///< its name
  bool in_order;
};

/// Streams of one directory that are followed here from now on, or no longer. In order with other `interest_news` of
/// the same directory.
struct interest_news {
  using local_message = void;
  directory_actor from;
  std::vector<std::shared_ptr<const std::string>> streams;
  bool followed;
  bool complete;  ///< last part of the reply to `link_opened`
};

/// The other node has acknowledged interest in these streams, so waiting subscribes may be confirmed.
struct interest_settled {
  using local_message = void;
  link_actor link;
  std::vector<std::shared_ptr<const std::string>> streams;
  bool overdue = false;  ///< timed out: publications there do not come here until acknowledged
};

/// Streams of this directory that the other node follows from now on, or no longer.
struct peer_interest {
  using local_message = void;
  link_actor link;
  std::vector<std::string> streams;
  bool followed;
  bool complete = false;  ///< all interest that existed when the link came up was announced
};

/// Broadcasts that only this node received, in order, to streams that the other node follows.
struct forward_broadcasts {
  using local_message = void;
  std::vector<broadcast_ptr> messages;
};

/// Publications were lost between `node` and here. An empty stream: the streams are not known.
struct gap_opened {
  using local_message = void;
  std::string node;
  std::string stream;
  std::uint64_t lost;
};

/// The same, for one stream. Clients will be told once there is history.
struct mark_gap {
  using local_message = void;
  std::uint64_t lost;
};

/// Forward all broadcasts that came before this message to the links.
struct forwards_due {
  using local_message = void;
};

/// Continue incremental work: announcing interest to links, marking streams, discarding an ended node's interest.
struct interest_due {
  using local_message = void;
};

// -- queries --------------------------------------------------------------------------------------------------------

/// List the streams with the smallest names behind `after` that contain `filter`. Answered after a bounded number of
/// names was checked, so that broadcasts need not wait.
struct list_streams {
  using local_message = void;
  std::string after;
  std::string filter;
  std::size_t limit;
};

/// Streams in the order of their names. Names up to `reached` were checked; empty: all names.
struct stream_page {
  using local_message = void;
  struct entry {
    std::shared_ptr<const std::string> name;
    stream_actor stream;
  };
  std::vector<entry> entries;
  std::string reached;
};

/// Describe the stream, with at most `limit` subscribers.
struct describe_stream {
  using local_message = void;
  std::string name;  ///< used by the directory
  std::size_t limit;
};

/// Facts that a stream knows about itself. `found` is false for a stream without subscribers.
struct stream_facts {
  using local_message = void;
  bool found = false;
  std::string name = {};
  std::size_t subscribers = 0;
  std::uint64_t gaps = 0;                        ///< times that broadcasts were lost on their way to this node
  std::uint64_t lost = 0;                        ///< lost broadcasts, as far as known
  std::optional<stream_position> at = {};        ///< of the last publication; none: the stream keeps no log
  std::size_t kept = 0;                          ///< publications in its log
  std::size_t log_bytes = 0;                     ///< size of the log
  std::vector<connection_actor> followers = {};  ///< one entry for each subscription
};

}  // namespace ability
