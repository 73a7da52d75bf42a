/// Counters and histograms of the lanes, the application, token keys and the cluster, for the metrics.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "actors/node/history_outcome.hpp"
#include "actors/node/limit.hpp"
#include "actors/node/refusal_reason.hpp"
#include "actors/node/session_refusal.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// A number that one thread changes and any thread reads.
class counter {
public:
  void add(std::uint64_t n = 1) noexcept {
    // Only the lane's thread writes, so no locked instruction is needed on the hot path.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void sub(std::uint64_t n = 1) noexcept { add(~n + 1); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// One for each `refusal_reason`.
using refusal_counters = std::array<counter, refusal_reasons>;

/// One for each `session_refusal`.
using refused_sessions = std::array<counter, session_refusals>;

/// Counts observations by upper bound. `Bounds` is an array of ascending doubles; one more bucket holds the rest.
template <const auto& Bounds>
class histogram {
public:
  static constexpr std::size_t buckets = Bounds.size() + 1;

  void observe(double value) noexcept {
    std::size_t i = 0;
    while (i < Bounds.size() && value > Bounds[i])
      ++i;
    counts_[i].add();
    sum_.store(sum_.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }
  std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket].get(); }
  double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

private:
  std::array<counter, buckets> counts_;
  std::atomic<double> sum_{0};
};

/// A number that one thread sets and any thread reads.
class gauge {
public:
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// Reachability of a dependency of the node, with the number of losses and returns. One thread sets it, any thread
/// reads it.
class dependency_counters {
public:
  enum class state : std::uint8_t { unknown, up, away };

  void set(bool is_up) noexcept {
    const auto before = now_in();
    state_.store(is_up ? state::up : state::away, std::memory_order_relaxed);
    if (before == state::up && !is_up)
      losses.add();
    if (before == state::away && is_up && losses.get() > 0)
      reconnects.add();
  }
  state now_in() const noexcept { return state_.load(std::memory_order_relaxed); }
  bool is_up() const noexcept { return now_in() == state::up; }

  counter losses;      ///< changes from up to away
  counter reconnects;  ///< changes from away to up, after a loss

private:
  std::atomic<state> state_{state::unknown};
};

/// Upper bounds of broadcast latency, in seconds.
inline constexpr std::array<double, 14> latency_bounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                       0.01,    0.025,  0.05,    0.1,    0.25,  1.0,    5.0};

/// Upper bounds of fan-out, in subscribers.
inline constexpr std::array<double, 7> fanout_bounds{0, 1, 10, 100, 1'000, 10'000, 100'000};

/// Counters of publications that come as entries of a Redis stream.
struct entry_counters {
  counter read;          ///< entries taken, each once
  counter claimed;       ///< of these, taken over from a consumer that had not acknowledged them in time
  counter acknowledged;  ///< of these, acknowledged and deleted
  counter unreadable;    ///< of these, without a publication that can be read
  counter gone;          ///< entries that were deleted before they were read
  counter retried;       ///< entries published again, as a log had not taken them
  counter given_up;      ///< entries that a log refused again and again, for a reason of their own
  gauge pending;         ///< entries that were read and are not acknowledged
};

/// Counters of the logs in Redis, of one lane.
struct redis_counters {
  counter connects;                            ///< connections that came up
  counter failures;                            ///< connections that failed or broke
  counter commands;                            ///< commands sent
  std::array<counter, redis_failures> failed;  ///< commands without success, by reason
  gauge under_way;                             ///< commands that wait for their answers
  gauge bytes_under_way;                       ///< bytes of these commands
  counter repeated;                            ///< publications sent again as their answers were lost
  counter moved;                               ///< commands that a Redis Cluster sent to another server, for good
  counter asked;                               ///< the same, for this command alone
  counter tried_again;                         ///< commands to keys that were on their way to another server
  counter maps;                                ///< maps of slots that were read
  counter map_failures;                        ///< searches for one without success
  gauge waiting;                               ///< commands that wait for their server
  gauge servers;                               ///< servers that are kept connected
  counter gaps;                                ///< times that a node missed publications of a stream
  counter filled;                              ///< publications that it read then
  counter malformed_news;                      ///< messages on the channels of streams that are no publications
};

/// Counters of one lane. Written by the lane's thread only.
struct alignas(64) lane_counters {
  counter connections_opened;              ///< authenticated connections
  counter connections_closed;              ///< of these, ended
  counter entering;                        ///< connections waiting for the application or token keys
  counter failed_auths;                    ///< connections refused
  refusal_counters refused;                ///< clients, tokens and publications, by reason
  counter client_messages;                 ///< commands received
  counter failed_client_messages;          ///< of these, malformed or not applicable
  counter rate_limited_commands;           ///< of these, over the limit of their rate
  counter streams_opened;                  ///< stream actors spawned
  counter streams_closed;                  ///< of these, retired
  counter broadcasts;                      ///< messages published, accepted
  counter failed_broadcasts;               ///< publications refused as malformed
  counter refused_broadcasts;              ///< publications refused because too many were pending
  counter unheard_broadcasts;              ///< messages published to a stream without subscribers here
  counter remote_commands;                 ///< remote disconnects received, except from other nodes
  counter deliveries;                      ///< frames of broadcasts meant for clients here
  counter delivered;                       ///< of these, handed to an outbox
  counter excluded;                        ///< of these, skipped because the client was excluded
  counter undeliverable;                   ///< of these, too long for the client, which was told so instead
  counter dropped_closed;                  ///< of these, for a connection that was closing
  counter server_messages;                 ///< frames sent to clients, broadcasts and all else
  counter backend_links_opened;            ///< links to backends that came up
  counter backend_links_closed;            ///< of these, lost
  counter udp_malformed;                   ///< datagrams dropped because they were not exactly one packet
  counter udp_unproved;                    ///< datagrams dropped, from addresses that have not proved themselves
  counter udp_overrun;                     ///< datagrams dropped, as their client has to wait
  counter slow_clients;                    ///< connections closed as too slow
  counter silent_clients;                  ///< connections closed as they did not answer a ping
  std::array<counter, limits> limit_hits;  ///< times that each limit was reached
  counter bytes_sent;                      ///< bytes written to client sockets
  counter bytes_received;                  ///< bytes of client messages
  gauge sessions;                          ///< sessions kept without a connection
  gauge session_bytes;                     ///< their memory, approximate
  counter sessions_restored;               ///< sessions that came back
  counter sessions_expired;                ///< sessions that did not come back in time
  counter sessions_dropped;                ///< sessions ended early, as too many were kept
  counter sessions_shared;                 ///< sessions without a connection that other nodes can take over
  counter sessions_moved;                  ///< sessions that ended when another node had them by then
  counter sessions_unregistered;           ///< times that other nodes could not be told of a session
  counter sessions_freed;                  ///< sessions of dead nodes whose clients may come back to any node
  counter sessions_malformed;              ///< shared sessions that could not be read
  counter session_leases_lost;             ///< times that this node was taken to be dead
  gauge sessions_in_vault;                 ///< sessions of all nodes without a connection; of the first lane
  refused_sessions sessions_refused;       ///< demands for an earlier session, by reason
  counter presence_joins;                  ///< members that became present
  counter presence_leaves;                 ///< of these, absent again
  counter presence_expired;                ///< of these, as no session of theirs came back in time
  counter presence_returns;                ///< members that came back in time
  counter presence_here;                   ///< sessions of this node that are present in streams that nodes share
  counter presence_kept;                   ///< times that one was noted anew, as the store had lost it
  counter presence_unavailable;            ///< joins, leaves and questions refused as the store was away
  counter history_logs;                    ///< logs of streams now
  counter history_bytes;                   ///< bytes of these logs
  counter history_publications;            ///< publications that were logged
  counter history_replayed;                ///< of these, sent to a client that had missed them, once for each
  counter history_evicted;                 ///< logs dropped as all logs together were too large
  counter history_positions_dropped;       ///< positions of idle streams forgotten early, as too many were known
  counter history_repeated;                ///< publications that were not published again, as their id was known
  counter history_ids_dropped;             ///< ids forgotten early, as too many were known
  std::array<counter, history_outcomes> history_answers;  ///< requests for the history of a stream, by outcome
  redis_counters redis;                                   ///< logs in Redis
  entry_counters entries;                                 ///< publications by a Redis stream; of the first lane
  histogram<latency_bounds> broadcast_latency;            ///< seconds from acceptance until a stream fanned it out
  histogram<fanout_bounds> broadcast_fanout;              ///< subscribers per broadcast

  void hit(limit which) noexcept { limit_hits[static_cast<std::size_t>(which)].add(); }
};

/// Upper bounds of the time that a call to the application takes, in seconds.
inline constexpr std::array<double, 11> call_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0};

/// Counters of calls to the application. Written by the lane of the app_server only.
struct app_counters {
  /// Number of outcomes: the statuses of a reply, then the failures without a reply.
  static constexpr std::size_t outcomes = 10;

  static std::size_t index_of(const rpc_outcome& outcome) noexcept {
    if (const auto* reply = std::get_if<rpc_reply>(&outcome))
      return static_cast<std::size_t>(reply->status);
    return 3 + static_cast<std::size_t>(std::get<rpc_error>(outcome).why);
  }

  void observe(rpc_method method, const rpc_outcome& outcome, double seconds) noexcept {
    calls[static_cast<std::size_t>(method)][index_of(outcome)].observe(seconds);
  }

  std::array<std::array<histogram<call_bounds>, outcomes>, 3> calls;  ///< seconds, by `rpc_method` and outcome
  dependency_counters reach;                                          ///< set by the app_watch
  counter answers;                                                    ///< attempts that the application answered
  counter failures;                                                   ///< attempts that it did not answer
  counter retries;                                                    ///< attempts after the first
  counter cancelled;            ///< calls not made, as the caller no longer waited
  counter disconnects_dropped;  ///< `disconnect` calls that were never made
  gauge pending;                ///< calls under way, waiting or backing off
  gauge breaker_open;           ///< 1 while calls fail without being made
  gauge disconnect_queue;       ///< `disconnect` calls to be made
};

/// Counters of fetched token keys. Written by the lane of the token_source only.
struct key_counters {
  counter fetched;  ///< key sets
  counter failed;   ///< attempts to fetch one
};

/// Reason for the loss of a publication for another node.
enum class link_loss : std::uint8_t {
  full,       ///< the link's queue was full
  broken,     ///< sent without acknowledgement, or queued, when the link broke
  node_left,  ///< the same, when the other node left in order
  too_large,  ///< larger than a packet
};

inline constexpr std::size_t link_losses = 4;

/// Returns the name used in metrics.
constexpr std::string_view name_of(link_loss why) noexcept {
  constexpr std::array<std::string_view, link_losses> names{"full", "broken", "node_left", "too_large"};
  return names[static_cast<std::size_t>(why)];
}

/// Counters of the cluster. Written by the cluster's lane only.
struct cluster_counters {
  counter dials;                          ///< attempts to reach another node
  counter failed_dials;                   ///< of these, ended without a link
  counter refused_nodes;                  ///< nodes that were refused with a reason
  counter links_opened;                   ///< links that came up
  counter links_closed;                   ///< of these, ended
  counter packets_sent;                   ///< on links
  counter packets_received;               ///< on links
  counter bytes_sent;                     ///< in these packets
  counter bytes_received;                 ///< in these packets
  counter malformed_packets;              ///< of these, not one packet: the link was closed
  counter foreign_packets;                ///< of these, from an actor that is not the other link
  counter forwarded;                      ///< publications for another node, once for each
  counter acknowledged;                   ///< of these, accepted there
  counter received;                       ///< publications from other nodes
  counter commands_lost;                  ///< remote disconnects that did not reach another node
  counter commands_received;              ///< remote disconnects from other nodes
  std::array<counter, link_losses> lost;  ///< part of `forwarded`, by `link_loss`
  counter gaps;                           ///< publications that other nodes lost on their way to here
  counter overdue_interest;               ///< streams whose interest another node did not acknowledge in time
  counter interest;                       ///< streams followed at other nodes now, once for each node
  gauge nodes;                            ///< linked now
};

}  // namespace ability
