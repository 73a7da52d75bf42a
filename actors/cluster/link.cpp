#include "actors/cluster/link.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

link_state::~link_state() {
  if (way_ != nullptr)
    way_->close("its actor has ended");
  if (window_)
    window_->lose_all(link_loss::broken);
}

void link_state::start(lane_home& home, link_setup setup) {
  home_ = &home;
  setup_ = std::move(setup);
  setup_.ledger->present = {};
  const auto& how = home.here.settings.cluster;
  window_.emplace(link_window::bounds{how.max_pending_bytes, how.max_packet_bytes}, *setup_.ledger,
                  home.here.cluster_counters);
  incoming_.resize(home.here.lanes.size());
}

link_actor::behavior_type link_state::make_behavior() {
  ticked_ = now();
  self_->delayed_send(self_, tick_every, link_tick{});
  self_->set_down_handler([this](const caf::down_msg&) { close("the other link is gone"); });
  return {
      [this](const std::string& packet) { receive(packet); },
      [this](const link_connected& news) { connect(news); },
      [this](const passage_closed& news) { finish(news.reason); },
      [this](const forward_broadcasts& what) { forward(what); },
      [this](const interest_news& news) { tell(news); },
      [this](const link_closed&) {
        ++directories_done_;
        quit_if_done();
      },
      [this](ingress_reopened) { go_on(); },
      [this](const forward_disconnect& what) {
        if (!send_record(disconnect_record{what.order.identifier, what.order.reconnect}))
          home_->here.cluster_counters.commands_lost.add();
      },
      [this](const members_heard& news) {
        const auto json = encode_members(news.members);
        send_record(members_record{json});
      },
      [this](const leave_cluster& order) { leave(order); },
      [this](link_flush) { flush(); },
      [this](link_tick) { tick(); },
  };
}

// -- life cycle ---

void link_state::connect(const link_connected& news) {
  way_ = news.way;
  if (phase_ == phase::parting)
    return close(end_reason_);
  phase_ = phase::meeting;
  heard_ = now();
  if (news.remote) {
    remote_ = caf::actor_cast<caf::strong_actor_ptr>(news.remote);
    self_->monitor(news.remote);
    send_beat();  // the other link learns our actor from this packet
  }
  if (held_.empty())
    return;
  meet();
  go_on();
}

void link_state::meet() {
  phase_ = phase::up;
  was_up_ = true;
  caf::anon_send(setup_.cluster, link_up{link_actor{self_}, setup_.who});
  if (!setup_.dialled_by_us)
    send_beat();
  window_->tell_gaps();
  request_flush();
}

void link_state::leave(const leave_cluster& order) {
  if (phase_ != phase::up || order.only_this_link)
    return close(order.reason);
  send_record(leave_record{order.reason});
  end_reason_ = order.reason;
  phase_ = phase::leaving;
  deadline_ = now() + part_within;
}

// Closes the connection; `passage_closed` follows.
void link_state::close(std::string_view why) {
  if (phase_ == phase::ended)
    return;
  if (end_reason_.empty())
    end_reason_ = why;
  phase_ = phase::parting;
  deadline_ = time_point::max();
  if (way_ == nullptr)
    return;  // the tunnel has yet to report its result
  deadline_ = now() + part_within;
  if (!std::exchange(closed_, true))
    way_->close(end_reason_);
}

void link_state::finish(std::string_view why) {
  if (phase_ == phase::ended)
    return;
  if (end_reason_.empty())
    end_reason_ = why;
  phase_ = phase::ended;
  deadline_ = now() + wait_for_directories;
  way_ = nullptr;
  held_.clear();
  incoming_.assign(incoming_.size(), {});
  window_->lose_all(other_left_ ? link_loss::node_left : link_loss::broken);
  home_->here.cluster_counters.interest.sub(std::exchange(setup_.ledger->present.streams_followed, 0));
  report_end();
  quit_if_done();
}

void link_state::report_end() {
  if (!std::exchange(end_reported_, true))
    caf::anon_send(setup_.cluster, link_down{link_actor{self_}, setup_.who, end_reason_, other_left_});
}

// Quits only after the last message of every directory, so that all publications sent by them are counted.
void link_state::quit_if_done() {
  if (phase_ == phase::ended && (!was_up_ || directories_done_ >= home_->here.lanes.size() || now() >= deadline_))
    self_->quit();
}

void link_state::tick() {
  self_->delayed_send(self_, tick_every, link_tick{});
  // While this node was delayed it could not receive either, so the delay does not count as silence.
  const auto late = now() - std::exchange(ticked_, now()) - tick_every;
  if (late > beat_after)
    heard_ += late;
  if (phase_ == phase::meeting || is_open()) {
    if (now() - heard_ >= silence)
      return close("no word for 3 s");
    if (remote_ != nullptr && now() - sent_ >= beat_after)
      send_beat();
  }
  if (is_open() && window_->is_stuck(now()))
    return close("it takes nothing, and too much waits for it");
  if (is_open()) {
    settle(now() - settle_after);
    if (phase_ == phase::up)
      window_->tell_gaps();
    send_packets(false);
    if (window_->has_some())
      request_flush();
  }
  if (phase_ == phase::parting && closed_ && now() >= deadline_)
    finish(end_reason_);
  else if ((phase_ == phase::leaving || phase_ == phase::parting) && now() >= deadline_)
    close(end_reason_);
  quit_if_done();
}

// -- sending ---

void link_state::forward(const forward_broadcasts& what) {
  if (phase_ != phase::up) {
    for (const auto& each : what.messages)
      window_->refuse(each->content(), other_left_ ? link_loss::node_left : link_loss::broken);
    return;
  }
  for (const auto& each : what.messages)
    window_->add(each->content());
  send_packets(false);
  request_flush();
}

void link_state::tell(const interest_news& news) {
  if (phase_ != phase::up)
    return;
  if (news.followed) {
    window_->add_followed(news.from, news.streams, now());
  } else {
    for (const auto& stream : news.streams)
      window_->add_control(interest_record{*stream, false});
  }
  if (news.complete && ++directories_told_all_ == home_->here.lanes.size())
    window_->add_control(interest_complete_record{});
  send_packets(false);
  request_flush();
}

template <class Record>
bool link_state::send_record(const Record& what) {
  if (phase_ != phase::up || !window_->add_control(what))
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
  if (!is_open())
    return;
  send_packets(true);
  if (unacknowledged_ > 0)
    send_acknowledgement();
  if (phase_ == phase::leaving && window_->idle())
    close(end_reason_);
}

void link_state::send_packets(bool even_small) {
  while (auto packet = window_->take(even_small)) {
    if (std::exchange(unacknowledged_, 0) > 0)
      append_record(*packet, ack_record{received_});
    const auto size = packet->size();
    auto content = caf::make_message(std::move(*packet));
    window_->sent(content, now());
    post(std::move(content), size);
  }
}

void link_state::send_acknowledgement() {
  unacknowledged_ = 0;
  std::string packet;
  begin_packet(packet, 0);
  append_record(packet, ack_record{received_});
  const auto size = packet.size();
  post(caf::make_message(std::move(packet)), size);
}

void link_state::send_beat() {
  std::string packet;
  begin_packet(packet, 0);
  append_record(packet, beat_record{});
  const auto size = packet.size();
  post(caf::make_message(std::move(packet)), size);
}

void link_state::post(caf::message packet, std::size_t size) {
  sent_ = now();
  setup_.ledger->present.bytes_sent += size;
  home_->here.cluster_counters.packets_sent.add();
  home_->here.cluster_counters.bytes_sent.add(size);
  remote_->enqueue(self_->ctrl(), caf::make_message_id(), std::move(packet), self_->context());
}

link_actor spawn_link(lane_home& home, link_setup setup) {
  return spawn_on<link_actor, link_state>(home.here.system, home.runs_on, home, std::move(setup));
}

}  // namespace ability
