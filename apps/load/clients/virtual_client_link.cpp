// A virtual client's connection: connect, events and disconnect.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "apps/load/clients/virtual_client.hpp"

namespace ability::load {

// -- connect and disconnect ---

void virtual_client::connect() {
  link_is_ = link_state::queued;
  // A request from before a disconnect is still valid; a second one would admit the client twice.
  if (!std::exchange(wants_to_connect_, true))
    caf::anon_send(desk_->conductor, connect_wanted{group_, virtual_client_actor{self_}});
}

void virtual_client::open_link() {
  wants_to_connect_ = false;
  may_connect_ = true;
  if (link_is_ != link_state::queued || has_given_up()) {
    if (link_is_ == link_state::queued)
      link_is_ = link_state::none;
    settle_connect();
    return;
  }
  link_is_ = link_state::connecting;
  connect_began_ns_ = now();
  const auto number = ++link_number_;
  const auto client = desk_->plan.groups[group_].first_client + number_;
  link_ = desk_->net.connect(group().speaks, client, [to = virtual_client_actor{self_}, number](link_news news) {
    caf::anon_send(to, link_told{number, std::move(news)});
  });
  wait_for_link(connect_began_ns_ + patience_ns);
}

void virtual_client::settle_connect() {
  if (std::exchange(may_connect_, false))
    caf::anon_send(desk_->conductor, connect_settled{group_});
}

void virtual_client::drop_link(bool comes_back) {
  if (link_)
    link_->close();
  link_.reset();
  ++link_number_;
  if (link_is_ == link_state::open)
    --desk_->counts.connections;
  link_is_ = link_state::none;
  stop_following(comes_back);
  asked_ = 0;
  paused_ = false;
  reads_no_more_ = false;
  paused_ns_ = 0;
  attempts_ = 0;
  settle_connect();
  stop_waiting_for_link();
}

// Subscriptions with a position are continued from it: messages that come meanwhile are not forgiven.
void virtual_client::stop_following(bool comes_back) {
  const auto time = now();
  const auto grace_ns = desk_->plan.what.grace.count() * 1'000'000;
  // A client that is paused, or has not caught up since, could read only until the pause.
  const bool has_read = paused_ns_ == 0 || (resumed_ns_ != 0 && time - resumed_ns_ >= grace_ns);
  const auto due_ns = (has_read ? time : paused_ns_) - grace_ns;
  for (auto& each : follows_)
    if (!comes_back || each.position.empty())
      each.record.leave(desk_->streams.next(each.stream), desk_->streams.next_before(each.stream, due_ns), time,
                        grace_ns, {desk_->streams, each.stream});
}

void virtual_client::on_closed(const std::string& why) {
  const bool was_open = link_is_ == link_state::open;
  link_.reset();
  ++link_number_;
  asked_ = 0;
  paused_ = false;
  paused_ns_ = 0;
  settle_connect();
  stop_waiting_for_link();
  const auto& policy = group().when_lost;
  const bool comes_back = policy.reconnect && !has_given_up();
  if (was_open) {
    --desk_->counts.connections;
    desk_->count(tally::disconnects);
    met(why);
    for (auto& each : follows_)
      if (!comes_back || each.position.empty())
        each.record.lose();
  } else {
    ++attempts_;
    desk_->count(tally::connect_failures);
    met(why);
  }
  if (comes_back) {
    static constexpr std::int64_t longest_ns = 30'000'000'000;
    static constexpr std::uint32_t doublings = 16;
    link_is_ = link_state::backing_off;
    const auto drawn = draw_ns(policy.after);
    // Doubled up to 30 s, but no less than the scenario's value.
    wait_for_link(now() + std::max(drawn, std::min(longest_ns, drawn << std::min(attempts_, doublings))));
  } else {
    link_is_ = link_state::none;
    fail(why);
  }
  settle_when_all_came();
}

void virtual_client::wait_for_link(std::int64_t at_ns) {
  const auto number = ++link_time_number_;
  link_ticket_ =
      desk_->net.call_at(at_ns, [to = virtual_client_actor{self_}, number] { caf::anon_send(to, link_time{number}); });
}

void virtual_client::stop_waiting_for_link() {
  ++link_time_number_;
  link_ticket_.reset();
}

void virtual_client::on_link_time() {
  if (link_is_ == link_state::backing_off) {
    connect();
  } else if (link_is_ == link_state::connecting) {
    on_closed("no answer to the connect");
  } else if (link_is_ == link_state::open && asked_ > 0) {
    fail("no answer to a subscribe");
  }
}

// -- events ---

void virtual_client::on_link(const link_told& told) {
  desk_->counts.bytes_received += told.news.bytes;
  // A step that follows an event may drop the link; the rest of its news is then obsolete.
  const auto is_current = [&] { return told.link == link_number_; };
  for (const auto& each : told.news.events)
    if (is_current() && each.what != link_event::kind::closed)
      on_event(each, told.news.at_ns);
  for (const auto& each : told.news.arrivals)
    if (is_current())
      on_arrival(each, told.news.at_ns);
  if (is_current() && !told.news.events.empty() && told.news.events.back().what == link_event::kind::closed)
    on_closed(told.news.events.back().why);
}

void virtual_client::on_event(const link_event& event, std::int64_t at_ns) {
  if (event.what == link_event::kind::opened)
    on_opened(at_ns);
  else if (event.what == link_event::kind::resumed)
    desk_->count(tally::resumed);
  else if (event.what == link_event::kind::resume_refused)
    on_resume_refused();
  else
    on_answer(event, at_ns);
}

// Messages published while the client was away are not sent again, and count as lost.
void virtual_client::on_resume_refused() {
  desk_->count(tally::resume_refused);
  met("history refused");
}

void virtual_client::on_opened(std::int64_t at_ns) {
  if (link_is_ != link_state::connecting)
    return;
  link_is_ = link_state::open;
  attempts_ = 0;
  settle_connect();
  stop_waiting_for_link();
  desk_->count(tally::connected);
  ++desk_->counts.connections;
  desk_->counts.connect.record(at_ns - connect_began_ns_);
  if (want_texts_)
    link_->want_texts();
  for (std::size_t i = 0; i < follows_.size(); ++i)
    if (follows_[i].is != followed::state::rejected)
      ask(i);
  if (asked_ == 0) {
    read_no_more();
    came_back();
  }
}

void virtual_client::ask(std::size_t index) {
  auto& which = follows_[index];
  which.is = followed::state::asked;
  which.asked_ns = now();
  if (asked_++ == 0)
    wait_for_link(which.asked_ns + patience_ns);
  link_->subscribe(static_cast<std::uint32_t>(index + 1), desk_->streams.name_of(which.stream), *which.channel,
                   which.position);
}

void virtual_client::on_answer(const link_event& answer, std::int64_t at_ns) {
  const auto index = answer.subscription - 1;  // 0 wraps around and is out of range
  if (index >= follows_.size() || follows_[index].is != followed::state::asked)
    return;
  auto& which = follows_[index];
  if (answer.what == link_event::kind::confirmed) {
    which.is = followed::state::following;
    if (!reads_no_more_ && (which.position.empty() || !which.record.following()))
      which.record.follow(desk_->streams.next(which.stream), {desk_->streams, which.stream});
    desk_->count(tally::subscribed);
    desk_->counts.subscribe.record(at_ns - which.asked_ns);
  } else {
    which.is = followed::state::rejected;
    desk_->count(tally::rejected);
    met(answer.why.empty() ? "subscription rejected" : answer.why);
  }
  if (--asked_ == 0) {
    stop_waiting_for_link();
    read_no_more();
    if (awaited_ == awaited::confirmations)
      done(awaited::confirmations);
    else
      came_back();
  }
}

// Pauses a client that reconnected by itself during an endless stall; it still follows its streams.
void virtual_client::read_no_more() {
  if (!reads_no_more_ || paused_)
    return;
  link_->pause_reading();
  paused_ = true;
}

void virtual_client::came_back() {
  if (awaited_ == awaited::connection)
    done(awaited::connection);
  else
    done(awaited::link);
}

void virtual_client::on_arrival(const arrival& what, std::int64_t at_ns) {
  const auto index = what.subscription - 1;
  if (index >= follows_.size() || !what.stamped || what.mark.stream != follows_[index].stream) {
    desk_->count(tally::foreign);
  } else {
    if (!what.position.empty())
      follows_[index].position = what.position;
    const auto how =
        follows_[index].record.came(what.mark.number, what.mark.publisher, at_ns, {desk_->streams, what.mark.stream});
    if (how == coming::duplicate) {
      desk_->count(tally::duplicates);
      return;
    }
    if (how == coming::belated)
      desk_->count(tally::out_of_order);
    desk_->count(tally::delivered);
    desk_->counts.latency.record(at_ns - what.mark.due_ns);
    desk_->counts.unhurried.record(at_ns - what.mark.sent_ns);
    if (winding_down_ && outstanding_ == 1)
      settle_when_all_came();
    else if (winding_down_ && outstanding_ > 0)
      --outstanding_;
    ++came_;
  }
  if (awaited_ == awaited::messages &&
      (expected_->messages > 0 ? came_ >= expected_->messages : what.text.find(expected_->text) != std::string::npos)) {
    expected_ = nullptr;
    done(awaited::messages);
  }
}

}  // namespace ability::load
