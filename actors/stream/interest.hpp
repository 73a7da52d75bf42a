/// The cluster's half of a directory: what is followed here and at other nodes, and who of them knows of it.
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

#include "actors/messages.hpp"
#include "actors/stream/interest_set.hpp"

namespace ability {

/// Tells links which streams of one directory are followed, hands them the broadcasts that concern their nodes, and
/// has subscribes wait until other nodes know of a stream. Whatever takes long is done bit by bit, between the other
/// messages of the directory. All of it is local to the directory.
class interest {
public:
  /// Names that are told, or forgotten, in one turn.
  static constexpr std::size_t chunk = 1'000;

  /// Streams that are marked in one turn. Each of them has a turn then, and its memory is cold.
  static constexpr std::size_t marks = 200;

  /// Between two turns. A message to oneself would come too soon: a lane has an actor handle many in a row.
  static constexpr std::chrono::milliseconds pause{1};

  /// Names that a link was told and has not settled, beyond which the answer to `link_opened` waits.
  static constexpr std::size_t max_unsettled = 4'000;

  using stream_name = std::shared_ptr<const std::string>;

  struct followed_stream {
    stream_name name;
    std::uint64_t born;
  };

  /// A stream among those that are followed here.
  using place = std::list<followed_stream>::iterator;

  /// With `on` false nothing is remembered: there will be no links.
  interest(directory_actor::pointer self, bool on) : self_{self}, on_{on} {}
  interest(const interest&) = delete;
  interest& operator=(const interest&) = delete;

  /// Subscribes that still wait are answered by an error.
  ~interest();

  // -- followers here

  /// A stream has its first follower: links are told.
  place add(const stream_name& stream);

  /// It is gone. Subscribes that still wait for it are answered by an error.
  void remove(place which);

  /// Whether all other nodes know of the stream, or had the time to.
  bool is_settled(const stream_name& stream) const { return !unsettled_.contains(stream.get()); }

  /// Has a subscribe to a stream that is not settled wait; `to` gets it, and answers, once it is.
  void hold(const stream_name& stream, stream_actor to, subscribe&& request,
            caf::typed_response_promise<subscribed> promise);

  /// If a subscribe of the same subscriber waits, its stream gets it now: behind it comes `request`.
  void let_pass(const stream_name& stream, const unsubscribe& request);

  // -- other nodes

  void open(const link_opened& news);
  void close(const link_closed& news);
  /// Has `mark` called with the name of each stream that was waited for in vain.
  void settle(const interest_settled& news, const std::function<void(const std::string&)>& mark);
  void learn(peer_interest& news);

  /// Has each link get what its node follows, in order; as long as a link has not told all interest, everything.
  void forward(const std::vector<broadcast_ptr>& messages);

  /// Does so, when `forwards_due` has come.
  void hand_over();

  /// Has `mark` called by `go_on`, bit by bit, with the name of each stream that is there now.
  void mark_all();

  /// Does the next bit of what is under way, when `interest_due` has come.
  void go_on(const std::function<void(const std::string&)>& mark);

private:
  struct peer {
    link_actor link;
    name_set follows;
    bool follows_known = false;  // all of it was told
    bool opened = false;
    bool answering = false;  // `link_opened`: streams from `next` on are yet to be told
    place next = {};
    std::size_t unsettled = 0;  // names
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
  std::list<followed_stream> followed_;  // the latest first, so that who goes through it never meets new ones
  std::uint64_t born_ = 0;
  std::unordered_map<const std::string*, unsettled_stream> unsettled_;  // by name, which lives as long
  std::list<peer> peers_;
  std::list<name_set> discarded_;
  bool marking_ = false;
  bool mark_again_ = false;
  place next_mark_ = {};
  bool turn_requested_ = false;
  bool forwards_requested_ = false;
};

}  // namespace ability
