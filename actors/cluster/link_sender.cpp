#include "actors/cluster/link_sender.hpp"

#include <algorithm>
#include <utility>

namespace ability {

namespace {

// Upper estimate of the bytes of a publication beside its texts.
constexpr std::size_t record_overhead = 32;

// Capacity of a packet, as one record may exceed `link_packet_size`.
constexpr std::size_t usual_capacity = link_packet_size + 1'024;

std::size_t size_of(const broadcast& what) {
  return record_overhead + what.stream.size() + what.data.size() + what.exclude_socket.size() +
         what.broadcast_type.size();
}

}  // namespace

// -- queue ---

void link_sender::add(const broadcast& what) {
  counters_.forwarded.add();
  if (losing_)
    report_losses();
  losing_ = losing_ || waiting_bytes_ + gathering_.size() >= bounds_.waiting_bytes;
  if (losing_)
    return lose(what, link_loss::full);
  const auto size = size_of(what);
  if (link_packet_header_size + size > bounds_.packet_bytes) {
    lose(what, link_loss::too_large);
    return report_losses();  // in its place in the order
  }
  if (gathering_.size() + size > bounds_.packet_bytes)
    close();
  append_record(gathering(), record_of(what));
  ++gathered_publications_;
  close_if_full();
}

void link_sender::add_interest(const interest_news& news, time_point now) {
  if (news.followed) {
    add_followed(news.from, news.streams, now);
  } else {
    for (const auto& stream : news.streams)
      add_control(interest_record{*stream, false});
  }
  if (news.complete && ++complete_directories_ == bounds_.directories)
    add_control(interest_complete_record{});
}

void link_sender::add_followed(const directory_actor& by, const std::vector<stream_name>& streams, time_point now) {
  for (const auto& stream : streams) {
    add_control(interest_record{*stream, true});
    if (unsettled_.empty() || unsettled_.back().packet != last_begun_ || unsettled_.back().by != by)
      unsettled_.push_back({last_begun_, now, by, {}});
    unsettled_.back().streams.push_back(stream);
  }
}

void link_sender::report_losses() {
  if (waiting_bytes_ > bounds_.waiting_bytes / 2)
    return;
  losing_ = false;
  stats_.unreported.take([this](std::string_view stream, std::uint64_t lost) {
    if (!add_control(gap_record{stream, lost}))
      add_control(gap_record{{}, lost});
  });
}

std::string& link_sender::gathering() {
  if (gathering_.empty()) {
    gathering_.reserve(usual_capacity);
    begin_packet(gathering_, ++last_begun_);
  }
  return gathering_;
}

// Moves the record at `record_begin`, which was added last, to the next packet if it exceeds this one's maximum size.
// False: it is too large for any packet.
bool link_sender::fit_in(std::size_t record_begin) {
  if (gathering_.size() > bounds_.packet_bytes) {
    const auto record = gathering_.substr(record_begin);
    gathering_.resize(record_begin);
    if (link_packet_header_size + record.size() > bounds_.packet_bytes) {
      if (record_begin == link_packet_header_size) {
        gathering_.clear();
        --last_begun_;
      }
      return false;
    }
    close();
    gathering() += record;
  }
  close_if_full();
  return true;
}

void link_sender::close_if_full() {
  if (gathering_.size() >= link_packet_size)
    close();
}

void link_sender::close() {
  if (gathering_.empty())
    return;
  waiting_bytes_ += gathering_.size();
  auto& last = waiting_.emplace_back();
  last.bytes.swap(gathering_);
  last.publications = std::exchange(gathered_publications_, 0);
  show_waiting();
}

void link_sender::show_waiting() { stats_.present.bytes_waiting = waiting_bytes_; }

// -- sending ---

std::optional<std::string> link_sender::take(bool even_small) {
  if (sent_.size() >= max_unacknowledged)
    return std::nullopt;
  if (waiting_.empty() && even_small)
    close();
  if (waiting_.empty())
    return std::nullopt;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= next.bytes.size();
  show_waiting();
  taken_publications_ = next.publications;
  return std::move(next.bytes);
}

void link_sender::sent(caf::message packet, time_point now) {
  ++last_sent_;
  stats_.present.publications_sent += taken_publications_;
  sent_.push_back({std::move(packet), std::exchange(taken_publications_, 0), now});
}

bool link_sender::acknowledge(std::uint64_t number, time_point now) {
  if (number > last_sent_)
    return false;
  while (!sent_.empty() && last_sent_ - sent_.size() < number) {
    counters_.acknowledged.add(sent_.front().publications);
    stats_.present.round_trip = std::chrono::duration_cast<std::chrono::microseconds>(now - sent_.front().since);
    sent_.pop_front();
  }
  return true;
}

bool link_sender::is_stuck(time_point now) const noexcept {
  return waiting_bytes_ > bounds_.waiting_bytes + max_other_bytes && !sent_.empty() &&
         now - sent_.front().since > stuck_after;
}

std::vector<link_sender::told_interest> link_sender::take_settled(time_point overdue) {
  const auto first_unacknowledged = last_sent_ - sent_.size() + 1;
  std::vector<told_interest> settled;
  while (!unsettled_.empty() &&
         (unsettled_.front().packet < first_unacknowledged || unsettled_.front().since < overdue)) {
    settled.push_back(std::move(unsettled_.front()));
    settled.back().overdue = settled.back().packet >= first_unacknowledged;
    unsettled_.pop_front();
  }
  return settled;
}

// -- the end ---

void link_sender::refuse(const broadcast& what, link_loss why) {
  counters_.forwarded.add();
  lose(what, why);
}

void link_sender::lose(const broadcast& what, link_loss why) {
  count_loss(1, why);
  if (why != link_loss::node_left)
    stats_.unreported.add(what.stream, 1);
}

void link_sender::lose_all(link_loss why) {
  close();
  std::uint64_t publications = 0;
  for (const auto& each : sent_)
    publications += each.publications;
  for (const auto& each : waiting_)
    publications += each.publications;
  count_loss(publications, why);
  if (why != link_loss::node_left) {
    for (const auto& each : sent_)
      note_losses(each.content.get_as<std::string>(0));
    for (const auto& each : waiting_)
      note_losses(each.bytes);
  }
  sent_.clear();
  waiting_.clear();
  unsettled_.clear();
  waiting_bytes_ = 0;
  show_waiting();
}

void link_sender::count_loss(std::uint64_t publications, link_loss why) {
  counters_.lost[static_cast<std::size_t>(why)].add(publications);
  stats_.lost += publications;
}

// Includes gaps whose report was lost. Remote disconnects are not repeated: they could hit a client that has come back.
void link_sender::note_losses(const std::string& packet) {
  auto records = link_packet_reader::open(packet);
  while (records && !records->done()) {
    const auto next = records->next();
    if (!next)
      return;
    const auto* record = std::get_if<link_record>(&*next);
    if (record == nullptr)
      continue;
    if (const auto* publication = std::get_if<publication_record>(record))
      stats_.unreported.add(publication->stream, 1);
    else if (const auto* gap = std::get_if<gap_record>(record))
      stats_.unreported.add(gap->stream, gap->lost);
    else if (std::holds_alternative<disconnect_record>(*record))
      counters_.commands_lost.add();
  }
}

}  // namespace ability
