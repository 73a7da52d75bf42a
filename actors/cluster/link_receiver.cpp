// The receiving half of a link.
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/link.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"

namespace ability {

void link_state::receive(const std::string& packet) {
  if (phase_ == phase::ended)
    return;
  auto& counters = home_->here.cluster_counters;
  counters.packets_received.add();
  counters.bytes_received.add(packet.size());
  if (!is_from_other_link()) {
    counters.foreign_packets.add();
    if (way_ != nullptr)
      way_->message_handled();
    return;
  }
  setup_.ledger->present.bytes_received += packet.size();
  heard_ = now();
  if (phase_ == phase::connecting)
    return hold(packet);  // the tunnel is about to report the connection
  if (phase_ == phase::meeting)
    meet();
  if (!is_open()) {
    if (way_ != nullptr)
      way_->message_handled();
    return;
  }
  const auto records = link_packet_reader::open(packet);
  const bool may_wait = records && records->number() != 0;
  if (may_wait && (!held_.empty() || home_->here.gate.full()))
    hold(packet);
  else
    handle(packet);
}

bool link_state::is_from_other_link() {
  const auto& sender = self_->current_sender();
  if (remote_ == nullptr && !setup_.dialled_by_us && sender != nullptr) {
    remote_ = sender;
    self_->monitor(caf::actor_cast<caf::actor>(remote_));
  }
  return sender != nullptr && sender == remote_;
}

void link_state::hold(const std::string& packet) {
  if (held_.size() >= max_held)
    return close("more packets than the window allows");
  // Handles acknowledgements in held packets at once: otherwise two nodes could wait for each other.
  if (phase_ != phase::connecting)
    for (auto records = link_packet_reader::open(packet); records && !records->done();) {
      const auto next = records->next();
      if (!next)
        break;
      if (const auto* record = std::get_if<link_record>(&*next))
        if (const auto* acknowledged = std::get_if<ack_record>(record))
          take(*acknowledged);
    }
  const bool first = held_.empty();
  held_.push_back(packet);
  if (first && phase_ != phase::connecting)
    home_->here.gate.when_open(this, [owner = link_actor{self_}] { caf::anon_send(owner, ingress_reopened{}); });
}

void link_state::go_on() {
  auto& gate = home_->here.gate;
  while (is_open() && !held_.empty() && !gate.full()) {
    const auto packet = std::move(held_.front());
    held_.pop_front();
    handle(packet);
  }
  if (is_open() && !held_.empty())
    gate.when_open(this, [owner = link_actor{self_}] { caf::anon_send(owner, ingress_reopened{}); });
}

void link_state::handle(const std::string& packet) {
  auto records = link_packet_reader::open(packet);
  if (!records)
    return refuse("malformed packet", records.error().detail);
  const auto number = records->number();
  if (number != 0 && number != received_ + 1)
    return refuse("malformed packet", "number " + std::to_string(number) + " behind " + std::to_string(received_));
  while (!records->done()) {
    const auto next = records->next();
    if (!next)
      return refuse("malformed packet", next.error().detail);
    if (const auto* record = std::get_if<link_record>(&*next))
      std::visit([this](const auto& what) { take(what); }, *record);
    if (!is_open())
      return;
  }
  hand_on_all();
  tell_of_gaps();
  way_->message_handled();
  if (number != 0) {
    received_ = number;
    if (++unacknowledged_ >= acknowledge_after)
      send_acknowledgement();
    request_flush();
  }
  if (other_left_)
    part();
}

// Acknowledges the other node's last packet; that node closes once it has the acknowledgement.
void link_state::part() {
  if (unacknowledged_ > 0)
    send_acknowledgement();
  report_end();
  if (phase_ == phase::leaving)
    return;  // it may have to acknowledge more packets of ours
  phase_ = phase::parting;
  deadline_ = now() + part_within;
}

void link_state::refuse(std::string_view what, const std::string& detail) {
  home_->here.cluster_counters.malformed_packets.add();
  close(std::string{what} + ": " + detail);
}

void link_state::take(const publication_record& what) {
  auto& here = home_->here;
  incoming_[here.lane_of(what.stream)].broadcasts.push_back(
      std::make_shared<accepted_broadcast>(broadcast_of(what), here.gate));
}

void link_state::take(const interest_record& what) {
  const auto more = what.followed ? 1 : std::uint64_t(-1);
  setup_.ledger->present.streams_followed += more;
  home_->here.cluster_counters.interest.add(more);
  const auto lane = home_->here.lane_of(what.stream);
  auto& news = incoming_[lane];
  if (news.followed != what.followed)
    hand_on_interest(lane, false);
  news.followed = what.followed;
  news.streams.emplace_back(what.stream);
}

void link_state::take(const gap_record& what) {
  hand_on_all();  // publications before the gap come first
  auto& here = home_->here;
  here.cluster_counters.gaps.add(what.lost);
  lost_there_ += what.lost;
  gaps_there_ += what.lost > 0 ? 1 : 0;  // 0: it is not known whether anything was lost
  const gap_opened gap{setup_.who.name, std::string{what.stream}, what.lost};
  if (!what.stream.empty())
    return caf::anon_send(here.directory_of(what.stream), gap);
  for (const auto& each : here.lanes)
    caf::anon_send(each->directory, gap);
}

void link_state::take(const disconnect_record& what) {
  hand_on_all();
  home_->here.cluster_counters.commands_received.add();
  for (const auto& each : home_->here.lanes)
    caf::anon_send(each->registry, disconnect_identity{std::string{what.identity}, what.reconnect});
}

void link_state::take(const ack_record& what) {
  if (!window_->acknowledge(what.sequence, now()))
    return refuse("malformed packet", "it acknowledges what was never sent");
  settle(time_point::min());
  send_packets(false);
  if (phase_ == phase::up)
    window_->tell_gaps();
  if (window_->has_some() || phase_ == phase::leaving)
    request_flush();
}

void link_state::take(const members_record& what) {
  auto members = decode_members(what.json);
  if (!members)
    return refuse("malformed packet", members.error().detail);
  caf::anon_send(setup_.cluster, members_heard{std::move(*members)});
}

void link_state::take(interest_complete_record) {
  for (std::size_t lane = 0; lane < incoming_.size(); ++lane)
    hand_on_interest(lane, true);
}

void link_state::take(const leave_record& what) {
  other_left_ = true;
  if (end_reason_.empty())
    end_reason_ = what.reason.empty() ? "it has left" : what.reason;
}

void link_state::hand_on(std::size_t lane) {
  auto& due = incoming_[lane].broadcasts;
  if (due.empty())
    return;
  home_->here.cluster_counters.received.add(due.size());
  setup_.ledger->present.publications_received += due.size();
  const auto expected = due.size();
  caf::anon_send(home_->here.lanes[lane]->directory, broadcasts{std::exchange(due, {}), false});
  due.reserve(expected);
}

void link_state::hand_on_interest(std::size_t lane, bool complete) {
  auto& news = incoming_[lane];
  if (!news.streams.empty() || complete)
    caf::anon_send(home_->here.lanes[lane]->directory,
                   peer_interest{link_actor{self_}, std::exchange(news.streams, {}), news.followed, complete});
}

void link_state::hand_on_all() {
  for (std::size_t lane = 0; lane < incoming_.size(); ++lane) {
    hand_on(lane);
    hand_on_interest(lane, false);
  }
}

void link_state::settle(time_point overdue) {
  for (auto& each : window_->take_settled(overdue)) {
    if (each.overdue)
      home_->here.cluster_counters.overdue_interest.add(each.streams.size());
    caf::anon_send(each.by, interest_settled{link_actor{self_}, std::move(each.streams), each.overdue});
  }
}

void link_state::tell_of_gaps() {
  if (gaps_there_ == 0)
    return;
  const auto lost = std::to_string(std::exchange(lost_there_, 0));
  const auto gaps = std::to_string(std::exchange(gaps_there_, 0));
  log(log_level::warn, "publications were lost on their way here",
      {{"node", setup_.who.name}, {"publications", lost}, {"gaps", gaps}});
  report(home_->here, event_kind::gap, setup_.who.name, lost + " publications");
}

}  // namespace ability
