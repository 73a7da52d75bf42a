#include "actors/cluster/link_receiver.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>
#include <variant>

#include "actors/broadcast/messages.hpp"
#include "actors/cluster/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

link_receiver::link_receiver(node& here, link_actor::pointer link, cluster_actor cluster, std::string other,
                             link_stats& stats)
    : here_{here}, link_{link}, cluster_{std::move(cluster)}, other_{std::move(other)}, stats_{stats} {
  incoming_.resize(here.lanes.size());
}

link_receiver::outcome link_receiver::handle(const std::string& packet) {
  outcome result;
  auto records = link_packet_reader::open(packet);
  if (!records)
    return {.fault = records.error().detail};
  const auto number = records->number();
  if (number != 0 && number != received_ + 1)
    return {.fault = "number " + std::to_string(number) + " behind " + std::to_string(received_)};
  while (!records->done() && !result.fault) {
    const auto next = records->next();
    if (!next)
      result.fault = next.error().detail;
    else if (const auto* record = std::get_if<link_record>(&*next))
      std::visit([this, &result](const auto& what) { handle(what, result); }, *record);
  }
  if (result.fault)
    return result;
  send_all();
  log_gaps();
  if (number != 0) {
    received_ = number;
    ++unacknowledged_;
  }
  return result;
}

// -- packets that wait ---

bool link_receiver::must_wait(const std::string& packet) const {
  if (held_.empty() && !here_.gate.full())
    return false;
  const auto records = link_packet_reader::open(packet);
  return records && records->number() != 0;
}

bool link_receiver::hold(const std::string& packet) {
  if (held_.size() >= max_held)
    return false;
  held_.push_back(packet);
  return true;
}

std::optional<std::string> link_receiver::take_held() {
  if (held_.empty() || here_.gate.full())
    return std::nullopt;
  auto next = std::move(held_.front());
  held_.pop_front();
  return next;
}

void link_receiver::await_room() {
  here_.gate.when_open(this, [owner = link_actor{link_}] { caf::anon_send(owner, ingress_reopened{}); });
}

std::uint64_t link_receiver::acknowledged_in(const std::string& packet) {
  std::uint64_t last = 0;
  for (auto records = link_packet_reader::open(packet); records && !records->done();) {
    const auto next = records->next();
    if (!next)
      break;
    if (const auto* record = std::get_if<link_record>(&*next))
      if (const auto* acknowledged = std::get_if<ack_record>(record))
        last = std::max(last, acknowledged->sequence);
  }
  return last;
}

// -- acknowledgements ---

std::uint64_t link_receiver::take_acknowledgement() noexcept {
  return std::exchange(unacknowledged_, 0) > 0 ? received_ : 0;
}

void link_receiver::clear() {
  held_.clear();
  incoming_.assign(incoming_.size(), {});
}

// -- records ---

void link_receiver::handle(const publication_record& what, outcome&) {
  incoming_[here_.lane_of(what.stream)].broadcasts.push_back(
      std::make_shared<accepted_broadcast>(broadcast_of(what), here_.gate, here_.now()));
}

void link_receiver::handle(const interest_record& what, outcome&) {
  const auto more = what.followed ? 1 : std::uint64_t(-1);
  stats_.present.streams_followed += more;
  here_.cluster_counters.interest.add(more);
  const auto lane = here_.lane_of(what.stream);
  auto& news = incoming_[lane];
  if (news.followed != what.followed)
    send_interest(lane, false);
  news.followed = what.followed;
  news.streams.emplace_back(what.stream);
}

void link_receiver::handle(const gap_record& what, outcome&) {
  send_all();  // publications before the gap come first
  here_.cluster_counters.gaps.add(what.lost);
  lost_there_ += what.lost;
  gaps_there_ += what.lost > 0 ? 1 : 0;  // 0: it is not known whether anything was lost
  const gap_opened gap{other_, std::string{what.stream}, what.lost};
  if (!what.stream.empty())
    return caf::anon_send(here_.directory_of(what.stream), gap);
  for (const auto& each : here_.lanes)
    caf::anon_send(each->directory, gap);
}

void link_receiver::handle(const disconnect_record& what, outcome&) {
  send_all();
  here_.cluster_counters.commands_received.add();
  for (const auto& each : here_.lanes)
    caf::anon_send(each->registry, disconnect_identity{std::string{what.identity}, what.reconnect});
}

void link_receiver::handle(const ack_record& what, outcome& result) {
  result.acknowledged = std::max(result.acknowledged, what.sequence);
}

void link_receiver::handle(const members_record& what, outcome& result) {
  if (auto members = decode_members(what.json))
    caf::anon_send(cluster_, members_heard{std::move(*members)});
  else
    result.fault = members.error().detail;
}

void link_receiver::handle(const interest_complete_record&, outcome&) {
  for (std::size_t lane = 0; lane < incoming_.size(); ++lane)
    send_interest(lane, true);
}

void link_receiver::handle(const leave_record& what, outcome& result) { result.leave_reason = what.reason; }

void link_receiver::send_broadcasts(std::size_t lane) {
  auto& due = incoming_[lane].broadcasts;
  if (due.empty())
    return;
  here_.cluster_counters.received.add(due.size());
  stats_.present.publications_received += due.size();
  const auto expected = due.size();
  caf::anon_send(here_.lanes[lane]->directory, broadcasts{std::exchange(due, {}), false});
  due.reserve(expected);
}

void link_receiver::send_interest(std::size_t lane, bool complete) {
  auto& news = incoming_[lane];
  if (!news.streams.empty() || complete)
    caf::anon_send(here_.lanes[lane]->directory,
                   peer_interest{link_actor{link_}, std::exchange(news.streams, {}), news.followed, complete});
}

void link_receiver::send_all() {
  for (std::size_t lane = 0; lane < incoming_.size(); ++lane) {
    send_broadcasts(lane);
    send_interest(lane, false);
  }
}

void link_receiver::log_gaps() {
  if (gaps_there_ == 0)
    return;
  const auto lost = std::to_string(std::exchange(lost_there_, 0));
  const auto gaps = std::to_string(std::exchange(gaps_there_, 0));
  log(log_level::warn, "publications were lost on their way here",
      {{"node", other_}, {"publications", lost}, {"gaps", gaps}});
  report(here_, event_kind::gap, other_, lost + " publications");
}

}  // namespace ability
