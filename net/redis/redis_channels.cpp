#include "net/redis/redis_channels.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

using boost::system::error_code;

// Commands of at most `redis_channels::at_a_time` channels each.
std::string commands_for(std::string_view verb, const std::vector<std::string>& channels) {
  std::string commands;
  for (std::size_t i = 0; i < channels.size(); i += redis_channels::at_a_time) {
    const auto count = std::min(redis_channels::at_a_time, channels.size() - i);
    redis_words words{count + 1};
    words.add(verb);
    for (std::size_t j = i; j < i + count; ++j)
      words.add(channels[j]);
    commands += words.take();
  }
  return commands;
}

}  // namespace

redis_channels::redis_channels(boost::asio::io_context& io, redis_endpoint where, redis_counters& counters,
                               random_source& random, callbacks owner)
    : io_{io},
      where_{std::make_shared<const redis_endpoint>(std::move(where))},
      counters_{counters},
      random_{random},
      owner_{std::move(owner)},
      locator_{io, where_},
      timer_{io} {}

redis_channels::~redis_channels() { close(); }

void redis_channels::open() {
  is_open_ = true;
  connect();
}

void redis_channels::connect() {
  locator_.find([this](std::shared_ptr<const redis_endpoint> server, const std::string& why) {
    if (server != nullptr)
      dial(std::move(server));
    else
      lost(why);
  });
}

void redis_channels::dial(std::shared_ptr<const redis_endpoint> server) {
  wire_ = std::make_shared<redis_wire>(io_, std::move(server),
                                       redis_wire::callbacks{.ready = [this] { connected(); },
                                                             .got = [this](redis_value& reply) { take(reply); },
                                                             .lost = [this](const std::string& why) { lost(why); }});
  // A PING proves that the login was taken.
  wire_->start(set_up_time, {{"PING", redis_words{1}.add("PING").take(), [](const redis_value& answer) -> std::string {
                                return answer.what == redis_value::kind::status ? "" : "got no PONG";
                              }}});
}

void redis_channels::connected() {
  is_up_ = true;
  heard_ = true;
  silent_beats_ = 0;
  retries_.connected(std::chrono::steady_clock::now());
  counters_.connects.add();
  to_ask_.clear();
  wire_->send(commands_for("SUBSCRIBE", {wanted_.begin(), wanted_.end()}));
  await_beat();
  owner_.up();
}

void redis_channels::lost(const std::string& why) {
  wire_ = nullptr;
  is_up_ = false;
  counters_.failures.add();
  timer_.expires_after(retries_.next(std::chrono::steady_clock::now(), random_));
  timer_.async_wait([this, alive = std::weak_ptr{alive_}, alarm = ++alarm_](const error_code& error) {
    if (!error && !alive.expired() && alarm == alarm_ && is_open_)
      connect();
  });
  owner_.down(why);
}

void redis_channels::reconnect(std::string_view why) {
  if (wire_ != nullptr)
    wire_->fail(why);
}

void redis_channels::close() {
  is_open_ = false;
  is_up_ = false;
  ++alarm_;
  timer_.cancel();
  locator_.cancel();
  if (auto wire = std::exchange(wire_, nullptr))
    wire->end();
}

// -- channels ---

void redis_channels::subscribe(const std::string& channel) {
  if (wanted_.insert(channel).second)
    ask_soon(true, channel);
}

void redis_channels::unsubscribe(const std::string& channel) {
  if (wanted_.erase(channel) > 0)
    ask_soon(false, channel);
}

void redis_channels::ask_soon(bool wanted, const std::string& channel) {
  if (!is_up_)
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
  if (!is_up_)
    return;
  std::string commands;
  for (std::size_t i = 0; i < asked.size();) {
    const bool wanted = asked[i].first;
    std::vector<std::string> channels;
    for (; i < asked.size() && asked[i].first == wanted; ++i)
      channels.push_back(asked[i].second);
    commands += commands_for(wanted ? "SUBSCRIBE" : "UNSUBSCRIBE", channels);
  }
  if (!commands.empty())
    wire_->send(commands);
}

void redis_channels::take(redis_value& reply) {
  heard_ = true;
  // An answer to PING is a list, too, or an error: old proxies do not allow PING to subscribers.
  if (!reply.is_list() || reply.items.size() != 3)
    return;
  const auto& kind = reply.items[0].text;
  const auto& channel = reply.items[1].text;
  if (!wanted_.contains(channel))
    return;
  retries_.succeeded();
  if (kind == "message" && reply.items[2].is_text())
    owner_.published(channel, reply.items[2].text);
  else if (kind == "subscribe")
    owner_.subscribed(channel);
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
    return wire_->fail("no answer to PING in time");
  if (silent_beats_ == 1)
    wire_->send(redis_words{1}.add("PING").take());
  await_beat();
}

}  // namespace ability
