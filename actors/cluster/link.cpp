#include "actors/cluster/link.hpp"

#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <utility>

#include "actors/ingress/messages.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

using phase = link_lifecycle::phase;

link_state::~link_state() {
  if (way_ != nullptr)
    way_->close("its actor has ended");
  if (!sender_)
    return;
  sender_->lose_all(link_loss::broken);
  life_->disconnected("its actor has ended", now());
  report_stats();
}

void link_state::start(lane_home& home, link_setup setup) {
  home_ = &home;
  setup_ = std::move(setup);
  auto& here = home.here;
  const auto& how = here.settings.cluster;
  life_.emplace(here.lanes.size(), now());
  sender_.emplace(link_sender::bounds{how.max_pending_bytes, how.max_packet_bytes, here.lanes.size()}, stats_,
                  here.cluster_counters);
  receiver_.emplace(here, self_, setup_.cluster, setup_.who.name, stats_);
}

link_actor::behavior_type link_state::make_behavior() {
  self_->delayed_send(self_, link_lifecycle::tick_every, link_tick{});
  self_->set_down_handler([this](const caf::down_msg&) { close("the other link is gone"); });
  return {
      [this](const std::string& packet) { receive(packet); },
      [this](const link_connected& news) { connect(news); },
      [this](const peer_connection_closed& news) { carry_out(life_->disconnected(news.reason, now())); },
      [this](const forward_broadcasts& what) { forward(what); },
      [this](const interest_news& news) { announce(news); },
      [this](const link_closed&) {
        life_->directory_done();
        quit_if_over();
      },
      [this](ingress_reopened) { handle_held(); },
      [this](const forward_disconnect& what) {
        if (!send_record(disconnect_record{what.order.identifier, what.order.reconnect}))
          home_->here.cluster_counters.commands_lost.add();
      },
      [this](const members_heard& news) {
        const auto json = encode_members(news.members);
        send_record(members_record{json});
      },
      [this](const report_losses& order) { take_losses(order); },
      [this](const leave_cluster& order) { leave(order); },
      [this](link_flush) { flush(); },
      [this](link_tick) { tick(); },
  };
}

// -- life cycle ---

void link_state::carry_out(link_action what) {
  switch (what) {
    case link_action::none:
      return;
    case link_action::establish:
      return establish();
    case link_action::say_goodbye:
      sender_->add_control(leave_record{life_->reason()});
      return request_flush();
    case link_action::close:
      return way_->close(life_->reason());
    case link_action::finish:
      return finish();
  }
}

void link_state::connect(const link_connected& news) {
  way_ = news.way;
  carry_out(life_->connected(now()));
  if (life_->now_in() != phase::establishing)
    return;
  if (news.remote) {
    remote_ = caf::actor_cast<caf::strong_actor_ptr>(news.remote);
    self_->monitor(news.remote);
    send_at_once(beat_record{});  // the other link learns our actor from this packet
  }
  if (!receiver_->holds_any())
    return;
  carry_out(life_->heard(now()));
  handle_held();
}

void link_state::establish() {
  caf::anon_send(setup_.cluster, link_up{link_actor{self_}, setup_.who});
  if (!setup_.dialled_by_us)
    send_at_once(beat_record{});
  sender_->report_losses();
  request_flush();
}

void link_state::leave(const leave_cluster& order) {
  if (order.only_this_link)
    close(order.reason);
  else
    carry_out(life_->leave(order.reason, now()));
}

void link_state::finish() {
  way_ = nullptr;
  receiver_->clear();
  sender_->lose_all(life_->other_left() ? link_loss::node_left : link_loss::broken);
  home_->here.cluster_counters.interest.sub(std::exchange(stats_.present.streams_followed, 0));
  report_stats();
  report_end();
  quit_if_over();
}

// Reports what has changed. While the link lives it reports its losses to the other node itself.
void link_state::report_stats() {
  const bool ended = life_->has_ended();
  if (!life_->was_up() || (stats_.present == reported_ && stats_.lost == 0 && (!ended || stats_.unreported.empty())))
    return;
  reported_ = stats_.present;
  caf::anon_send(setup_.cluster,
                 link_report{self_->id(), setup_.who.uuid, stats_.present, std::exchange(stats_.lost, 0),
                             ended ? std::exchange(stats_.unreported, {}) : lost_publications{}});
}

void link_state::report_end() {
  if (!std::exchange(end_reported_, true))
    caf::anon_send(setup_.cluster, link_down{link_actor{self_}, setup_.who, life_->reason(), life_->other_left()});
}

void link_state::quit_if_over() {
  if (life_->is_over(now()))
    self_->quit();
}

void link_state::tick() {
  self_->delayed_send(self_, link_lifecycle::tick_every, link_tick{});
  carry_out(life_->tick(now()));
  if (remote_ != nullptr && life_->heartbeat_due(now()))
    send_at_once(beat_record{});
  if (life_->is_open() && sender_->is_stuck(now()))
    close("it takes nothing, and too much waits for it");
  if (life_->is_open()) {
    settle(now() - settle_after);
    if (life_->is_up())
      sender_->report_losses();
    send_packets(false);
    if (sender_->has_some())
      request_flush();
  }
  report_stats();
  carry_out(life_->expire(now()));
  quit_if_over();
}

// -- sending ---

void link_state::forward(const forward_broadcasts& what) {
  if (!life_->is_up()) {
    for (const auto& each : what.messages)
      sender_->refuse(each->content(), life_->other_left() ? link_loss::node_left : link_loss::broken);
    if (life_->has_ended())
      report_stats();
    return;
  }
  for (const auto& each : what.messages)
    sender_->add(each->content());
  send_packets(false);
  request_flush();
}

void link_state::take_losses(const report_losses& order) {
  stats_.unreported.merge(order.losses);
  if (life_->has_ended())
    return report_stats();
  if (!life_->is_up())
    return;
  sender_->report_losses();
  request_flush();
}

void link_state::announce(const interest_news& news) {
  if (!life_->is_up())
    return;
  sender_->add_interest(news, now());
  send_packets(false);
  request_flush();
}

template <class Record>
bool link_state::send_record(const Record& what) {
  if (!life_->is_up() || !sender_->add_control(what))
    return false;
  request_flush();
  return true;
}

void link_state::request_flush() {
  // The message arrives behind everything in the mailbox now, so all of that is sent together.
  if (!std::exchange(flush_requested_, true))
    caf::anon_send(link_actor{self_}, link_flush{});
}

void link_state::flush() {
  flush_requested_ = false;
  if (!life_->is_open())
    return;
  send_packets(true);
  if (receiver_->may_acknowledge())
    send_acknowledgement();
  if (life_->now_in() == phase::leaving && sender_->idle())
    close(life_->reason());
}

void link_state::send_packets(bool even_small) {
  while (auto packet = sender_->take(even_small)) {
    if (const auto number = receiver_->take_acknowledgement(); number != 0)
      append_record(*packet, ack_record{number});
    const auto size = packet->size();
    auto content = caf::make_message(std::move(*packet));
    sender_->sent(content, now());
    post(std::move(content), size);
  }
}

template <class Record>
void link_state::send_at_once(const Record& what) {
  std::string packet;
  begin_packet(packet, 0);
  append_record(packet, what);
  const auto size = packet.size();
  post(caf::make_message(std::move(packet)), size);
}

void link_state::send_acknowledgement() { send_at_once(ack_record{receiver_->take_acknowledgement()}); }

void link_state::post(caf::message packet, std::size_t size) {
  life_->sent(now());
  stats_.present.bytes_sent += size;
  home_->here.cluster_counters.packets_sent.add();
  home_->here.cluster_counters.bytes_sent.add(size);
  remote_->enqueue(self_->ctrl(), caf::make_message_id(), std::move(packet), self_->context());
}

// -- receiving ---

void link_state::receive(const std::string& packet) {
  if (life_->has_ended())
    return;
  auto& counters = home_->here.cluster_counters;
  counters.packets_received.add();
  counters.bytes_received.add(packet.size());
  const bool is_known = is_from_other_link();
  if (is_known) {
    stats_.present.bytes_received += packet.size();
    carry_out(life_->heard(now()));
  } else {
    counters.foreign_packets.add();
  }
  // While connecting, the tunnel is about to report the connection.
  if (is_known && (life_->now_in() == phase::connecting || (life_->is_open() && receiver_->must_wait(packet))))
    hold(packet);
  else if (is_known && life_->is_open())
    handle(packet);
  else if (way_ != nullptr)
    way_->message_handled();
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
  if (!receiver_->hold(packet))
    return close("more packets than the window allows");
  if (!life_->is_open())
    return;
  receiver_->await_room();
  // Handles acknowledgements in held packets at once: otherwise two nodes could wait for each other.
  handle_acknowledgement(link_receiver::acknowledged_in(packet));
}

void link_state::handle_held() {
  while (life_->is_open()) {
    const auto packet = receiver_->take_held();
    if (!packet)
      break;
    handle(*packet);
  }
  if (life_->is_open() && receiver_->holds_any())
    receiver_->await_room();
}

void link_state::handle(const std::string& packet) {
  const auto result = receiver_->handle(packet);
  if (result.fault)
    return refuse(*result.fault);
  handle_acknowledgement(result.acknowledged);
  if (!life_->is_open())
    return;
  way_->message_handled();
  // The other node closes once it has the acknowledgement of its last packet.
  if (receiver_->must_acknowledge() || (result.leave_reason && receiver_->may_acknowledge()))
    send_acknowledgement();
  if (receiver_->may_acknowledge())
    request_flush();
  if (!result.leave_reason)
    return;
  life_->other_leaves(*result.leave_reason, now());
  report_end();
}

void link_state::handle_acknowledgement(std::uint64_t number) {
  if (number == 0)
    return;
  if (!sender_->acknowledge(number, now()))
    return refuse("it acknowledges what was never sent");
  settle(time_point::min());
  send_packets(false);
  if (life_->is_up())
    sender_->report_losses();
  if (sender_->has_some() || life_->now_in() == phase::leaving)
    request_flush();
}

void link_state::refuse(const std::string& fault) {
  home_->here.cluster_counters.malformed_packets.add();
  close("malformed packet: " + fault);
}

void link_state::settle(time_point overdue) {
  for (auto& each : sender_->take_settled(overdue)) {
    if (each.overdue)
      home_->here.cluster_counters.overdue_interest.add(each.streams.size());
    caf::anon_send(each.by, interest_settled{link_actor{self_}, std::move(each.streams), each.overdue});
  }
}

link_actor spawn_link(lane_home& home, link_setup setup) {
  return spawn_on<link_actor, link_state>(home.here.system, home.runs_on, home, std::move(setup));
}

}  // namespace ability
