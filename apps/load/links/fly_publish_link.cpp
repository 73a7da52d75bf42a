#include "apps/load/links/fly_publish_link.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace ability::load {

namespace mq = fly::mq_option;

namespace {

constexpr std::size_t max_streams = 500;  // routers limit a client to 1,000 streams by default

}  // namespace

fly_publish_link::fly_publish_link(lane_parts& parts, const endpoint& to, publish_callback told)
    : parts_{parts},
      to_{to},
      answers_{std::move(told)},
      wire_{parts, *this},
      silence_{parts.timers, [this](bool silent) {
                 if (silent)
                   lose("timed out", true);
                 if (!batches_.empty())
                   silence_.watch();
               }} {}

// -- sending ---

void fly_publish_link::publish(std::vector<load_message> batch) {
  if (batches_.empty())
    silence_.heard();
  batches_.push_back({std::move(batch), {}, 0});
  if (wire_.is_open())
    send_more();
  else if (!connecting_)
    connect();
  silence_.watch();
}

void fly_publish_link::connect() {
  connecting_ = true;
  sent_ = 0;
  streams_.clear();
  aliases_.clear();
  oldest_.clear();
  silence_.heard();
  wire_.connect(to_);
}

void fly_publish_link::send_more() {
  while (sent_ < batches_.size() && sent_ < publish_window && follow_all(batches_[sent_]))
    say(batches_[sent_++]);
}

// Follows the streams of a batch. False if not all of them are confirmed yet.
bool fly_publish_link::follow_all(waiting& batch) {
  bool ready = true;
  if (batch.messages.size() > max_streams)
    batch.refused = "too many messages at once";
  for (const auto& each : batch.messages) {
    if (!batch.refused.empty())
      return true;
    if (each.stream.size() > wire_.max_buffer() || each.json.size() > wire_.max_buffer()) {
      batch.refused = "too long for FlyRPC";
      return true;
    }
    const auto found = streams_.find(each.stream);
    if (found == streams_.end())
      follow(each.stream);
    else if (!found->second.rejected.empty())
      batch.refused = std::exchange(found->second.rejected, {});
    ready = ready && found != streams_.end() && found->second.confirmed;
  }
  return ready;
}

void fly_publish_link::follow(const std::string& stream) {
  if (oldest_.size() >= max_streams) {
    const auto old = oldest_.front();
    oldest_.pop_front();
    wire_.send({.type = fly::subtype::mq, .options = mq::unsubscribe, .command = old});
    if (const auto found = aliases_.find(old); found != aliases_.end()) {
      streams_.erase(found->second);
      aliases_.erase(found);
    }
  }
  do
    last_alias_ = static_cast<std::uint16_t>(last_alias_ % 65'535 + 1);
  while (aliases_.contains(last_alias_));
  aliases_.emplace(last_alias_, streams_.emplace(stream, followed{last_alias_, false, {}}).first);
  oldest_.push_back(last_alias_);
  wire_.send({.type = fly::subtype::mq, .options = mq::subscribe, .command = last_alias_, .buffer = stream});
}

void fly_publish_link::say(waiting& batch) {
  if (batch.refused.empty())
    for (const auto& each : batch.messages)
      if (const auto to = streams_.find(each.stream); to != streams_.end())
        wire_.send({.type = fly::subtype::mq, .command = to->second.alias, .buffer = each.json});
  batch.ping = ++last_ping_;
  const std::array<char, 2> number{static_cast<char>(batch.ping >> 8), static_cast<char>(batch.ping)};
  wire_.send({.type = fly::subtype::ping,
              .options = fly::ping_option::ping,
              .buffer = std::string_view{number.data(), number.size()}});
}

// -- receiving ---

void fly_publish_link::on_open() {
  connecting_ = false;
  send_more();
}

void fly_publish_link::on_packet(const fly::packet& what) {
  silence_.heard();
  if (what.type == fly::subtype::ping)
    take_pong(what.buffer);
  else if (what.has(mq::confirm) || what.has(mq::reject))
    take_answer(what);
}

void fly_publish_link::take_answer(const fly::packet& what) {
  const auto found = aliases_.find(what.command);
  if (found == aliases_.end())
    return;
  if (what.has(mq::confirm)) {
    found->second->second.confirmed = true;
    return send_more();
  }
  auto why = short_reason(to_utf8(what.buffer));
  if (why.empty())
    why = "rejected";
  const auto& stream = found->second->first;
  const auto is_to = [&stream](const waiting& batch) {
    return std::ranges::any_of(batch.messages, [&](const auto& each) { return each.stream == stream; });
  };
  const auto unsent = batches_.begin() + static_cast<std::ptrdiff_t>(sent_);
  if (found->second->second.confirmed) {  // concerns one message, presumably the oldest
    if (const auto about = std::find_if(batches_.begin(), unsent, is_to); about != unsent)
      about->refused = why;
    else
      found->second->second.rejected = why;
    return;
  }
  for (auto each = unsent; each != batches_.end(); ++each)
    if (is_to(*each))
      each->refused = why;
  std::erase(oldest_, what.command);
  streams_.erase(found->second);
  aliases_.erase(found);
  send_more();
}

void fly_publish_link::take_pong(std::string_view said) {
  if (said.size() != 2)
    return;
  const auto number =
      static_cast<unsigned>(static_cast<std::uint8_t>(said[0]) << 8 | static_cast<std::uint8_t>(said[1]));
  const auto sent_end = batches_.begin() + static_cast<std::ptrdiff_t>(sent_);
  if (std::find_if(batches_.begin(), sent_end, [number](const auto& each) { return each.ping == number; }) == sent_end)
    return;
  while (batches_.front().ping != number)
    settle("lost on the way");
  settle(std::string{batches_.front().refused});
  send_more();
}

void fly_publish_link::settle(const std::string& refused) {
  batches_.pop_front();
  sent_ -= std::min<std::size_t>(sent_, 1);
  answers_.add(1, refused);
  if (batches_.empty())
    silence_.stop();
  tell_soon();
}

void fly_publish_link::on_broken(const std::string& why) { lose(why); }

void fly_publish_link::lose(const std::string& why, bool all) {
  wire_.close();
  // A connection over which nothing was sent counts as a failed one.
  const bool useless = std::exchange(connecting_, false) || sent_ == 0 || all;
  for (auto lost = useless ? batches_.size() : sent_; lost > 0; --lost)
    settle(why);
  sent_ = 0;
  if (!batches_.empty())
    connect();
}

void fly_publish_link::tell_soon() {
  if (std::exchange(telling_, true))
    return;
  boost::asio::post(parts_.io, [this, alive = std::weak_ptr{alive_}] {
    if (alive.expired())
      return;
    telling_ = false;
    answers_.tell();  // may destroy this
  });
}

}  // namespace ability::load
