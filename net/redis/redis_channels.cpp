#include "net/redis/redis_channels.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "net/redis/redis_dialer.hpp"
#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

using boost::system::error_code;

std::string expects_pong(const redis_value& answer) {
  return answer.what == redis_value::kind::status ? "" : "got no PONG";
}

std::string expects_subscription(const redis_value& answer) {
  return answer.is_list() && answer.items.size() == 3 ? "" : "got an answer that it never has";
}

// True: the server will not do it for this login, at whichever time.
bool is_refusal(std::string_view error) {
  return redis_failure_of(error) == redis_failure::denied || error.starts_with("ERR unknown command");
}

}  // namespace

redis_channels::redis_channels(boost::asio::io_context& io, redis_endpoint where, redis_counters& counters,
                               random_source& random, callbacks owner)
    : io_{io},
      is_sharded_{!where.cluster.empty()},
      owner_{std::move(owner)},
      wire_{io,
            std::move(where),
            counters,
            random,
            {.steps = [this] { return steps(); },
             .up = [this] { connected(); },
             .got = [this](redis_value& reply) { take(reply); },
             .down =
                 [this](const std::string& why) {
                   ++alarm_;
                   owner_.down(why);
                 }}},
      timer_{io} {}

// A PING proves that the login was taken. A server that refuses the channels is none to follow them at; those of a
// Redis Cluster may be another server's by now.
std::vector<redis_wire::step> redis_channels::steps() {
  std::vector<redis_wire::step> all{{"PING", redis_words{1}.add("PING").take(), expects_pong}};
  tried_ = is_sharded_ || wanted_.empty() ? std::string{} : wanted_.begin()->first;
  if (!tried_.empty())
    all.push_back({"SUBSCRIBE", commands_for(true, {tried_}), expects_subscription});
  return all;
}

void redis_channels::connected() {
  heard_ = true;
  silent_beats_ = 0;
  to_ask_.clear();
  for (auto& [channel, is_confirmed] : wanted_)
    is_confirmed = false;
  ask_again();
  if (!tried_.empty() && !wanted_.contains(tried_))
    wire_.send(commands_for(false, {tried_}));
  await_beat();
  owner_.up();
}

void redis_channels::close() {
  ++alarm_;
  timer_.cancel();
  wire_.close();
}

// -- channels ---

void redis_channels::subscribe(const std::string& channel) {
  if (wanted_.emplace(channel, false).second)
    ask_soon(true, channel);
}

void redis_channels::unsubscribe(const std::string& channel) {
  if (wanted_.erase(channel) > 0)
    ask_soon(false, channel);
}

// Channels of a Redis Cluster may have different slots, and one command only those of one.
std::string redis_channels::commands_for(bool wanted, const std::vector<std::string>& channels) const {
  const auto* const verb =
      is_sharded_ ? (wanted ? "SSUBSCRIBE" : "SUNSUBSCRIBE") : (wanted ? "SUBSCRIBE" : "UNSUBSCRIBE");
  const auto most = is_sharded_ ? 1 : at_a_time;
  std::string commands;
  for (std::size_t i = 0; i < channels.size(); i += most) {
    const auto count = std::min(most, channels.size() - i);
    redis_words words{count + 1};
    words.add(verb);
    for (std::size_t j = i; j < i + count; ++j)
      words.add(channels[j]);
    commands += words.take();
  }
  return commands;
}

void redis_channels::ask_soon(bool wanted, const std::string& channel) {
  if (!is_up())
    return;
  to_ask_.emplace_back(wanted, channel);
  if (std::exchange(ask_pending_, true))
    return;
  boost::asio::post(io_, [this, alive = std::weak_ptr{alive_}] {
    if (!alive.expired())
      ask();
  });
}

// Keeps the order, as a channel may be subscribed and unsubscribed in one turn.
void redis_channels::ask() {
  ask_pending_ = false;
  const auto asked = std::exchange(to_ask_, {});
  if (!is_up())
    return;
  std::string commands;
  for (std::size_t i = 0; i < asked.size();) {
    const bool wanted = asked[i].first;
    std::vector<std::string> channels;
    for (; i < asked.size() && asked[i].first == wanted; ++i)
      channels.push_back(asked[i].second);
    commands += commands_for(wanted, channels);
  }
  if (!commands.empty())
    wire_.send(commands);
}

void redis_channels::ask_again() {
  asks_again_ = false;
  std::vector<std::string> channels;
  for (const auto& [channel, is_confirmed] : wanted_)
    if (!is_confirmed)
      channels.push_back(channel);
  if (!channels.empty())
    wire_.send(commands_for(true, channels));
}

void redis_channels::take(redis_value& reply) {
  heard_ = true;
  if (reply.is_error() && is_refusal(reply.text)) {
    was_refused_ = true;
    return wire_.fail("a channel was refused: " + without_secret(reply.text, {}));
  }
  // An error may also be an answer to PING: old proxies do not allow it to subscribers.
  if (is_sharded_ && reply.is_error())
    return refuse(reply.text);
  // An answer to PING is a list, too.
  if (!reply.is_list() || reply.items.size() != 3)
    return;
  std::string_view kind = reply.items[0].text;
  if (is_sharded_ && kind.starts_with('s') && kind != "subscribe")
    kind.remove_prefix(1);
  const auto& channel = reply.items[1].text;
  const auto found = wanted_.find(channel);
  if (found == wanted_.end())
    return;
  if (!was_refused_)
    wire_.succeeded();
  if (kind == "message" && reply.items[2].is_text()) {
    owner_.published(channel, reply.items[2].text);
  } else if (kind == "message") {
    owner_.subscribed(channel);  // it was too long and is missed
  } else if (kind == "subscribe") {
    found->second = true;
    owner_.subscribed(channel);
  } else if (kind == "unsubscribe" && is_sharded_) {
    // The slot has another server now. Or the channel was unsubscribed and subscribed again, which does no harm.
    found->second = false;
    refuse("the slot of a channel has moved");
  }
}

void redis_channels::refuse(const std::string& error) {
  if (!owner_.refused)
    return wire_.fail("the key has moved to another server of the Redis Cluster");
  asks_again_ = true;
  owner_.refused(error);
}

// -- beats ---

void redis_channels::await_beat() {
  timer_.expires_after(beat);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}, alarm = ++alarm_](const error_code& error) {
    if (!error && !alive.expired() && alarm == alarm_)
      on_beat();
  });
}

// Counts beats instead of time, so that a stop of this process does not look like silence of Redis.
void redis_channels::on_beat() {
  silent_beats_ = std::exchange(heard_, false) ? 0 : silent_beats_ + 1;
  if (silent_beats_ == silent_beats)
    return wire_.fail("no answer to PING in time");
  if (silent_beats_ == 1)
    wire_.send(redis_words{1}.add("PING").take());
  if (asks_again_)
    ask_again();
  was_refused_ = false;
  await_beat();
}

}  // namespace ability
