#include "actors/node/totals.hpp"

#include <algorithm>
#include <string>

#include "protocol/app_rpc/app_rpc.hpp"

namespace ability {

namespace {

// Sum of the values that `read` takes from the counters of each lane.
template <class Read>
std::uint64_t sum(const node& here, Read read) {
  std::uint64_t total = here.cluster_lane == nullptr ? 0 : read(here.cluster_lane->counters).get();
  for (const auto& home : here.lanes)
    total += read(home->counters).get();
  return total;
}

// Sums of an array of counters with one for each value of `Reason`, from the value `first` on.
template <class Reason, std::size_t Size>
std::vector<named_total> sums_by(const node& here, std::array<counter, Size> lane_counters::*which,
                                 std::size_t first = 0) {
  std::vector<named_total> all;
  for (auto i = first; i < Size; ++i)
    all.push_back({name_of(static_cast<Reason>(i)), "",
                   sum(
                       here, [&](const auto& counters) -> const auto& { return (counters.*which)[i]; })});
  return all;
}

struct named_counter {
  std::string_view name;
  const char* help;
  counter lane_counters::*which;
};

using c = lane_counters;

constexpr std::array lane_totals{
    named_counter{"failed_auths", "Connections that were refused", &c::failed_auths},
    named_counter{"client_msg", "Messages from clients", &c::client_messages},
    named_counter{"failed_client_msg", "Messages from clients that were malformed or not applicable",
                  &c::failed_client_messages},
    named_counter{"broadcast_msg", "Broadcasts accepted", &c::broadcasts},
    named_counter{"failed_broadcast_msg", "Publications refused as malformed", &c::failed_broadcasts},
    named_counter{"refused_broadcast_msg",
                  "Publications refused because too many were pending, or a log in Redis took none",
                  &c::refused_broadcasts},
    named_counter{"unheard_broadcast_msg", "Broadcasts to streams that nobody follows", &c::unheard_broadcasts},
    named_counter{"remote_commands", "Remote disconnects received, but those from other nodes", &c::remote_commands},
    named_counter{"rate_limited_client_msg", "Messages from clients dropped for coming too fast",
                  &c::rate_limited_commands},
    named_counter{"history_publications", "Broadcasts kept for clients that miss them", &c::history_publications},
    named_counter{"history_replayed", "Kept broadcasts sent to clients that had missed them", &c::history_replayed},
    named_counter{"history_evicted", "Times that a stream lost its kept broadcasts as all were too large together",
                  &c::history_evicted},
    named_counter{"history_positions_dropped", "Positions of idle streams forgotten early because too many were known",
                  &c::history_positions_dropped},
    named_counter{"history_repeated", "Broadcasts not made again because their id was known", &c::history_repeated},
    named_counter{"history_ids_dropped", "Ids of broadcasts forgotten early because too many were known",
                  &c::history_ids_dropped},
    named_counter{"sessions_restored", "Sessions whose clients came back to them", &c::sessions_restored},
    named_counter{"sessions_expired", "Sessions whose clients did not come back in time", &c::sessions_expired},
    named_counter{"sessions_dropped", "Sessions ended early because too many were kept", &c::sessions_dropped},
    named_counter{"server_msg", "Frames sent to clients", &c::server_messages},
    named_counter{"disconnected_slow_clients", "Connections closed as too slow", &c::slow_clients},
    named_counter{"disconnected_silent_clients", "Connections closed as no pong came", &c::silent_clients},
    named_counter{"data_sent", "Bytes sent to clients", &c::bytes_sent},
    named_counter{"data_rcvd", "Bytes of messages from clients", &c::bytes_received},
    named_counter{"udp_malformed", "Datagrams dropped because they are not one packet", &c::udp_malformed},
    named_counter{"udp_unproved", "Datagrams dropped from addresses that had not proved themselves", &c::udp_unproved},
    named_counter{"udp_overrun", "Datagrams dropped from clients that had to wait for answers", &c::udp_overrun},
    named_counter{"too_long_msg", "Broadcasts too long for the FlyRPC client, which was told so instead",
                  &c::undeliverable},
    named_counter{"presence_joins", "Members of streams that became present", &c::presence_joins},
    named_counter{"presence_leaves", "Members of streams that were present no more", &c::presence_leaves},
    named_counter{"presence_expired", "Of these, those none of whose sessions came back in time", &c::presence_expired},
    named_counter{"presence_returns", "Members of streams that came back in time", &c::presence_returns},
    named_counter{"presence_kept", "Sessions noted in Redis again, as it had lost them", &c::presence_kept},
    named_counter{"presence_unavailable", "Joins, leaves and questions about members refused, as Redis was away",
                  &c::presence_unavailable},
    named_counter{"deliveries_started", "Frames of broadcasts meant for clients", &c::deliveries},
};

// Sums up calls as AnyCable does.
void add_calls(std::vector<named_total>& to, const app_counters& app) {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::uint64_t timeouts = 0;
  for (const auto& by_outcome : app.calls)
    for (std::size_t outcome = 0; outcome < app_counters::outcomes; ++outcome) {
      std::uint64_t count = 0;
      for (std::size_t bucket = 0; bucket < histogram<call_bounds>::buckets; ++bucket)
        count += by_outcome[outcome].count(bucket);
      const auto status = name_of_outcome(outcome);
      calls += count;
      errors += status == "success" || status == "failure" ? 0 : count;
      timeouts += status == name_of(rpc_failure::timed_out) ? count : 0;
    }
  to.push_back({"rpc_call", "Calls to the application", calls});
  to.push_back({"rpc_error", "Calls to the application that had no answer, or the status error", errors});
  to.push_back({"rpc_timeout", "Calls to the application without an answer in time", timeouts});
  to.push_back({"rpc_retries", "Further attempts of calls that did not reach the application", app.retries.get()});
  to.push_back(
      {"rpc_canceled", "Calls not made, because the client was gone when their turn came", app.cancelled.get()});
  to.push_back(
      {"disconnect_dropped", "Ended connections that the application was not told of", app.disconnects_dropped.get()});
}

}  // namespace

std::vector<named_total> totals_of(const node& here) {
  std::vector<named_total> all;
  all.reserve(std::size(lane_totals));
  for (const auto& each : lane_totals)
    all.push_back({each.name, each.help, total_of(here, each.which)});
  if (here.app_server)
    add_calls(all, here.app_counters);
  if (here.token_source) {
    all.push_back({"token_key_fetches", "JWK Sets fetched", here.key_counters.fetched.get()});
    all.push_back(
        {"token_key_fetch_failures", "Attempts to fetch a JWK Set that failed", here.key_counters.failed.get()});
  }
  return all;
}

std::vector<named_total> delivery_outcomes(const node& here) {
  return {{"delivered", "", total_of(here, &c::delivered)},
          {"excluded", "", total_of(here, &c::excluded)},
          {"dropped_closed", "",
           total_of(here, &c::dropped_closed) + here.unclaimed_deliveries.load(std::memory_order_relaxed)}};
}

std::vector<named_total> history_answers(const node& here) {
  return sums_by<history_outcome>(here, &c::history_answers, 1);  // without those that were not asked
}

std::vector<named_total> limit_hits(const node& here) { return sums_by<limit>(here, &c::limit_hits); }

std::vector<named_total> session_refusals_of(const node& here) {
  return sums_by<session_refusal>(here, &c::sessions_refused);
}

named_totals all_counters(const node& here) {
  named_totals all;
  for (const auto& each : totals_of(here))
    all.emplace_back(each.name, each.value);
  for (const auto& each : delivery_outcomes(here))
    all.emplace_back("deliveries_" + std::string{each.name}, each.value);
  for (const auto& each : history_answers(here))
    all.emplace_back("history_answers_" + std::string{each.name}, each.value);
  for (const auto& each : limit_hits(here))
    all.emplace_back("limit_hits_" + std::string{each.name}, each.value);
  for (const auto& each : session_refusals_of(here))
    all.emplace_back("sessions_refused_" + std::string{each.name}, each.value);
  return all;
}

std::uint64_t total_of(const node& here, counter lane_counters::*which) {
  return sum(
      here, [which](const auto& counters) -> const auto& { return counters.*which; });
}

std::uint64_t refusals_of(const node& here, std::size_t reason) {
  return sum(
      here, [reason](const auto& counters) -> const auto& { return counters.refused[reason]; });
}

std::uint64_t sum_of(const node& here, gauge lane_counters::*which) {
  return sum(
      here, [which](const auto& counters) -> const auto& { return counters.*which; });
}

// Reads the closed count first: a connection counted in between must not make the difference negative.
std::uint64_t open_connections(const node& here) {
  const auto closed = total_of(here, &c::connections_closed);
  return total_of(here, &c::connections_opened) - closed;
}

std::uint64_t open_streams(const node& here) {
  const auto closed = total_of(here, &c::streams_closed);
  return total_of(here, &c::streams_opened) - closed;
}

std::uint64_t present_members(const node& here) {
  if (here.settings.history.broker == history_broker::redis)
    return total_of(here, &c::presence_here);
  const auto left = total_of(here, &c::presence_leaves);
  return total_of(here, &c::presence_joins) - left;
}

std::string_view name_of_outcome(std::size_t index) {
  return index < 3 ? name_of(static_cast<rpc_status>(index)) : name_of(static_cast<rpc_failure>(index - 3));
}

latency_counts count_latency(const node& here) {
  latency_counts counts{};
  for (const auto& home : here.lanes)
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i] += home->counters.broadcast_latency.count(i);
  return counts;
}

latency_counts difference(const latency_counts& now, const latency_counts& before) {
  latency_counts result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = now[i] - before[i];
  return result;
}

std::optional<double> percentile(const latency_counts& counts, double share) {
  std::uint64_t all = 0;
  for (const auto count : counts)
    all += count;
  if (all == 0)
    return std::nullopt;
  const double wanted = share * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= wanted) {
      const double from = i == 0 ? 0 : latency_bounds[i - 1];
      return from + (latency_bounds[i] - from) * std::max(wanted - below, 0.0) / here;
    }
    below += here;
  }
  return latency_bounds.back();
}

latency_report report_latency(const latency_counts& counts) {
  const auto ms = [&](double share) -> std::optional<double> {
    const auto seconds = percentile(counts, share);
    return seconds ? std::optional{*seconds * 1'000} : std::nullopt;
  };
  return {.p50_ms = ms(0.5), .p90_ms = ms(0.9), .p99_ms = ms(0.99)};
}

}  // namespace ability
