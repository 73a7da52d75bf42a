#include "net/redis/redis_servers.hpp"

#include <algorithm>
#include <utility>

#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

using boost::system::error_code;

class plain_order final : public redis_order {
public:
  plain_order(std::string command, redis_pipeline::answered done)
      : command_{std::move(command)}, done_{std::move(done)} {}

  std::string command(const redis_server_info&, const redis_attempt&) override { return command_; }
  void answered(redis_result<redis_value> reply, const redis_attempt&) override { done_(std::move(reply)); }
  std::size_t size() const override { return command_.size(); }

private:
  const std::string command_;
  const redis_pipeline::answered done_;
};

// The text of an error reply; empty: it is none.
std::string_view error_text(const redis_result<redis_value>& reply) {
  const auto* const value = std::get_if<redis_value>(&reply);
  return value != nullptr && value->is_error() ? std::string_view{value->text} : std::string_view{};
}

}  // namespace

redis_servers::redis_servers(boost::asio::io_context& io, redis_endpoint where, redis_pipeline_settings bounds,
                             redis_counters& counters, random_source& random, callbacks owner)
    : bounds_{bounds},
      counters_{counters},
      owner_{std::move(owner)},
      tick_{io},
      topology_{
          io,
          std::move(where),
          bounds,
          counters,
          random,
          {.reached = [this](const server& which) { reached(which); },
           .mapped =
               [this] {
                 move_channels();
                 go_on_with_all();
               },
           .changed = [this](const std::string& why) { owner_.changed(why); },
           .subscribed = [this](const std::string& channel) { owner_.followed(channel); },
           .published = [this](const std::string& channel, std::string& text) { owner_.published(channel, text); },
           .refused = [this](const redis_error& why) { complain(why); }}} {
  states_.resize(topology_.slots());
}

void redis_servers::open(std::vector<std::string> preparations) {
  is_open_ = true;
  topology_.open(std::move(preparations));
}

void redis_servers::close() {
  is_open_ = false;
  tick_.cancel();
  topology_.close();
  for (const auto& [slot, each] : std::exchange(lines_, {}))
    for (const auto& one : each.orders)
      refuse(one.what, one.what->how_.is_repeat ? redis_failure::no_answer : redis_failure::away);
  count_waiting(-static_cast<std::ptrdiff_t>(waiting_), -static_cast<std::ptrdiff_t>(waiting_bytes_));
}

// -- channels ---

void redis_servers::subscribe(const std::string& channel) {
  auto* const there = topology_.at(topology_.slot_of(channel));
  if (followed_.emplace(channel, there).second && there != nullptr)
    there->channels->subscribe(channel);
}

void redis_servers::unsubscribe(const std::string& channel) {
  const auto found = followed_.find(channel);
  if (found == followed_.end())
    return;
  if (found->second != nullptr)
    found->second->channels->unsubscribe(channel);
  followed_.erase(found);
}

void redis_servers::move_channels() {
  for (auto& [channel, there] : followed_) {
    auto* const now = topology_.at(topology_.slot_of(channel));
    if (now == there)
      continue;
    if (there != nullptr)
      there->channels->unsubscribe(channel);
    if (now != nullptr)
      now->channels->subscribe(channel);
    there = now;
  }
}

void redis_servers::reached(const server& which) {
  if (owner_.reached)
    owner_.reached();
  go_on_with_all();
  std::vector<std::string> channels;
  for (const auto& [channel, there] : followed_)
    if (there == &which)
      channels.push_back(channel);
  for (const auto& each : channels)
    owner_.followed(each);
}

// -- orders ---

std::optional<redis_failure> redis_servers::refuses() const noexcept {
  if (waiting_ >= bounds_.max_commands || waiting_bytes_ >= bounds_.max_bytes)
    return redis_failure::full;
  if (topology_.is_cluster())
    return topology_.takes_some() ? std::nullopt : std::optional{redis_failure::away};
  const auto* const only = topology_.at(0);
  return only == nullptr ? redis_failure::away : only->commands->refuses();
}

void redis_servers::send(std::string_view key, std::string command, redis_pipeline::answered done) {
  send(key, std::make_shared<plain_order>(std::move(command), std::move(done)));
}

void redis_servers::send(std::string_view key, const std::shared_ptr<redis_order>& what) {
  const auto slot = topology_.slot_of(key);
  what->slot_ = slot;
  what->number_ = ++sent_;
  what->begun_ = clock::now();
  auto* const there = topology_.at(slot);
  if (there == nullptr || !there->commands->is_up())
    return refuse(what, redis_failure::away);
  if (topology_.is_cluster() && there->commands->refuses())
    return refuse(what, redis_failure::full);
  const auto& state = states_[slot];
  if (!lines_.contains(slot) && (state.under_way == 0 || state.last == there))
    return deliver(what, *there, false);
  if (refuses() == redis_failure::full)
    return refuse(what, redis_failure::full);
  wait({what});
}

void redis_servers::leave_if_wrong(std::string_view key, redis_failure why, std::string_view refused) {
  if (auto* const there = topology_.at(topology_.slot_of(key)); there != nullptr && ends_connection(why))
    there->commands->reconnect("refused " + std::string{refused} + ": " + std::string{name_of(why)});
}

void redis_servers::complain(const redis_error& why) const {
  if (owner_.refused && needs_mending(why.why))
    owner_.refused(why);
}

// REQUIRES that commands are taken there.
void redis_servers::deliver(const order& what, server& to, bool asking) {
  if (asking)
    to.commands->send(redis_words{1}.add("ASKING").take(), [](const redis_result<redis_value>&) {});
  if (what->how_.is_repeat)
    counters_.repeated.add();
  auto& state = states_[what->slot_];
  ++state.under_way;
  state.last = &to;
  to.commands->send(what->command(to.commands->server(), what->how_),
                    [this, what, &to, asking](redis_result<redis_value> reply) { take(what, to, asking, reply); });
}

void redis_servers::take(const order& what, const server& from, bool asking, redis_result<redis_value>& reply) {
  const auto slot = what->slot_;
  --states_[slot].under_way;
  bool was_alone = false;
  if (const auto found = lines_.find(slot); found != lines_.end() && found->second.alone == what.get()) {
    found->second.alone = nullptr;
    was_alone = true;
  }
  const bool waits = is_open_ && has_to_wait(what, from, reply);
  if (!waits) {
    if (const auto text = error_text(reply); !text.empty())
      complain({redis_failure_of(text), std::string{text}});
    answer(what, std::move(reply));
  }
  if (!is_open_)
    return;
  // Behind ASKING each is sent alone: the next one may find keys that are still on their way.
  if (was_alone && !waits && !asking)
    release(slot);
  else
    go_on(slot);
}

// True: it was put in line again.
bool redis_servers::has_to_wait(const order& what, const server& from, const redis_result<redis_value>& reply) {
  auto& how = what->how_;
  if (const auto* const error = std::get_if<redis_error>(&reply)) {
    const bool is_lost = error->why == redis_failure::no_answer;
    if (is_lost ? !what->may_repeat() : !what->has_waited_)
      return false;
    how.is_repeat |= is_lost;
    what->last_error_ = *error;
    wait({what});
    return true;
  }
  const auto text = error_text(reply);
  if (text.empty())
    return false;
  const auto why = redis_failure_of(text);
  if (why == redis_failure::no_script && std::exchange(how.form, script_form::text) == script_form::digest) {
    wait({what});
    return true;
  }
  if (!topology_.is_cluster())
    return false;
  what->last_error_ = {why, std::string{text}};
  if (why == redis_failure::moved)
    return take_redirect(what, from, text);
  if (why != redis_failure::cluster_down)
    return false;
  topology_.search_soon();
  if (how.is_repeat)
    wait({.what = what, .not_before = clock::now() + again_after});
  return how.is_repeat;
}

bool redis_servers::take_redirect(const order& what, const server& from, std::string_view error) {
  if (is_try_again(error)) {
    counters_.tried_again.add();
    wait({.what = what, .not_before = clock::now() + again_after});
    return true;
  }
  const auto redirect = read_redirect(error, from.at);
  if (!redirect || (!redirect->is_ask && ++what->redirects_ > max_redirects))
    return false;
  (redirect->is_ask ? counters_.asked : counters_.moved).add();
  wait({.what = what, .ask = redirect->is_ask ? redirect->to : std::nullopt});
  auto* const to = redirect->to ? topology_.reach(*redirect->to) : nullptr;
  if (!redirect->is_ask && to != nullptr)
    topology_.move(redirect->slot, *to);
  else if (!redirect->is_ask)
    topology_.search_soon();
  return true;
}

void redis_servers::answer(const order& what, redis_result<redis_value> reply) {
  what->answered(std::move(reply), what->how_);
}

void redis_servers::refuse(const order& what, redis_failure why) {
  counters_.failed[static_cast<std::size_t>(why)].add();
  answer(what, redis_error{why});
}

// -- orders that wait ---

void redis_servers::wait(waiting_order one) {
  one.what->has_waited_ = true;
  count_waiting(1, static_cast<std::ptrdiff_t>(one.what->size()));
  auto& all = lines_[one.what->slot_].orders;
  auto place = all.end();
  while (place != all.begin() && std::prev(place)->what->number_ > one.what->number_)
    --place;
  all.insert(place, std::move(one));
  await_tick();
}

void redis_servers::count_waiting(std::ptrdiff_t orders, std::ptrdiff_t bytes) {
  waiting_ += static_cast<std::size_t>(orders);
  waiting_bytes_ += static_cast<std::size_t>(bytes);
  counters_.waiting.set(counters_.waiting.get() + static_cast<std::uint64_t>(orders));
}

// Sends the first of the line alone, once no other order of the slot is under way.
void redis_servers::go_on(std::uint16_t slot) {
  const auto found = lines_.find(slot);
  if (found == lines_.end())
    return;
  auto& of = found->second;
  give_up_late(of);
  if (states_[slot].under_way > 0)
    return;
  if (of.orders.empty()) {
    lines_.erase(slot);
    return;
  }
  const auto& first = of.orders.front();
  auto* const there = first.ask ? topology_.reach(*first.ask) : topology_.at(slot);
  if (first.not_before > clock::now() || there == nullptr || !there->commands->is_up())
    return;
  const auto one = std::move(of.orders.front());
  of.orders.pop_front();
  count_waiting(-1, -static_cast<std::ptrdiff_t>(one.what->size()));
  of.alone = one.what.get();
  deliver(one.what, *there, one.ask.has_value());
}

void redis_servers::go_on_with_all() {
  std::vector<std::uint16_t> slots;
  slots.reserve(lines_.size());
  for (const auto& [slot, each] : lines_)
    slots.push_back(slot);
  for (const auto each : slots)
    go_on(each);
}

// The server of the slot has run one order, so all that wait are sent.
void redis_servers::release(std::uint16_t slot) {
  auto* const there = topology_.at(slot);
  if (there == nullptr || !there->commands->is_up() || (states_[slot].under_way > 0 && states_[slot].last != there))
    return go_on(slot);
  const auto of = lines_.extract(slot);
  if (of.empty())
    return;
  for (const auto& each : of.mapped().orders) {
    count_waiting(-1, -static_cast<std::ptrdiff_t>(each.what->size()));
    deliver(each.what, *there, false);
  }
}

// All orders were begun by their numbers, so the first is the one that has waited longest.
void redis_servers::give_up_late(line& of) {
  const auto patience = 2 * bounds_.answer_timeout;
  while (!of.orders.empty() && clock::now() - of.orders.front().what->begun_ >= patience) {
    const auto late = std::move(of.orders.front().what);
    of.orders.pop_front();
    count_waiting(-1, -static_cast<std::ptrdiff_t>(late->size()));
    refuse(late, late->how_.is_repeat ? redis_failure::no_answer : late->last_error_.why);
  }
}

void redis_servers::await_tick() {
  if (std::exchange(tick_pending_, true))
    return;
  tick_.expires_after(again_after);
  tick_.async_wait([this, alive = std::weak_ptr{alive_}](const error_code& error) {
    if (error || alive.expired())
      return;
    tick_pending_ = false;
    go_on_with_all();
    if (!lines_.empty())
      await_tick();
  });
}

}  // namespace ability
