/// The cluster's half of a directory: interest here and at other nodes, and its acknowledgements.
#pragma once

#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/stream/interest_set.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Announces the followed streams of one directory to links, hands them the broadcasts for their nodes, and holds
/// subscribes until other nodes have acknowledged a stream. Long work is done in steps, between the other messages of
/// the directory. All of it is local to the directory.
class interest {
public:
  /// Names that are announced, or discarded, in one turn.
  static constexpr std::size_t chunk = 1'000;

  /// Streams that are marked in one turn; fewer, as each marked stream has to run, and its memory is cold.
  static constexpr std::size_t marks = 200;

  /// Pause between two turns. A message to self would come too soon: a lane lets an actor handle many in a row.
  static constexpr std::chrono::milliseconds pause{1};

  /// Unacknowledged names of a link at which the reply to `link_opened` pauses.
  static constexpr std::size_t max_unsettled = 4'000;

  using stream_name = std::shared_ptr<const std::string>;

  struct followed_stream {
    stream_name name;
    std::uint64_t born;
  };

  /// Position among the streams that are followed here.
  using place = std::list<followed_stream>::iterator;

  /// With `on` false nothing is stored, as there will be no links.
  interest(directory_actor::pointer self, bool on) : self_{self}, on_{on} {}
  interest(const interest&) = delete;
  interest& operator=(const interest&) = delete;

  /// Answers held subscribes with an error.
  ~interest();

  // -- subscribers here

  /// Adds a stream with its first subscriber, and announces it to links.
  place add(const stream_name& stream);

  /// Removes a stream. Held subscribes to it are answered with an error.
  void remove(place which);

  /// True once every other node has acknowledged interest in the stream, or its acknowledgement timed out.
  bool is_settled(const stream_name& stream) const { return !unsettled_.contains(stream.get()); }

  /// Holds a subscribe to an unacknowledged stream; forwards it to `to`, which replies, once acknowledged.
  void hold(const stream_name& stream, stream_actor to, subscribe&& request,
            caf::typed_response_promise<subscribed> promise);

  /// Forwards a held subscribe of the same subscriber at once, so that the unsubscribe `request` cannot overtake it.
  void let_pass(const stream_name& stream, const unsubscribe& request);

  // -- other nodes

  void open(const link_opened& news);
  void close(const link_closed& news);
  /// Calls `mark` with the name of each stream whose acknowledgement timed out.
  void settle(const interest_settled& news, const std::function<void(const std::string&)>& mark);
  void learn(peer_interest& news);

  /// Gathers the broadcasts for each link in order: those its node follows, or all until its full interest is known.
  void forward(const std::vector<broadcast_ptr>& messages);

  /// Sends the gathered broadcasts to the links, when `forwards_due` arrives.
  void hand_over();

  /// Calls `mark` with the name of each present stream, in steps by `go_on`.
  void mark_all();

  /// Does the next step of the work under way, when `interest_due` arrives.
  void go_on(const std::function<void(const std::string&)>& mark);

private:
  struct peer {
    link_actor link;
    interest_set follows;
    bool follows_known = false;  // its complete interest was received
    bool opened = false;
    bool answering = false;  // replying to `link_opened`: streams from `next` on are not announced yet
    place next = {};
    std::size_t unsettled = 0;  // names without acknowledgement
    std::vector<broadcast_ptr> outgoing = {};
  };
  struct held {
    caf::typed_response_promise<subscribed> promise;
    stream_actor to;
    subscribe request;
  };
  struct unsettled_stream {
    std::vector<const peer*> by;
    std::vector<held> waiting = {};
  };
  // Hash of the text: an address differs from run to run, and so would the order of the streams.
  struct hash_of_name {
    std::size_t operator()(const std::string* name) const { return std::hash<std::string>{}(*name); }
  };

  peer& peer_of(const link_actor& link);
  bool is_told(const peer& whom, place which) const;
  void tell(peer& whom, std::vector<stream_name> streams, bool followed, bool complete = false);
  void tell_more(peer& whom);
  void hand_over(peer& whom);
  void settle(const peer& by, unsettled_stream& which);
  void fail(unsettled_stream& which);
  void mark_more(const std::function<void(const std::string&)>& mark);
  bool has_more() const;
  void request_turn();

  directory_actor::pointer self_;
  bool on_;
  std::list<followed_stream> followed_;  // the latest first, so that an iteration never meets new ones
  std::uint64_t born_ = 0;
  std::unordered_map<const std::string*, unsettled_stream, hash_of_name> unsettled_;  // by address, which stays valid
  std::list<peer> peers_;
  std::list<interest_set> discarded_;
  bool marking_ = false;
  bool mark_again_ = false;
  place next_mark_ = {};
  bool turn_requested_ = false;
  bool forwards_requested_ = false;
};

}  // namespace ability
