#include "net/redis/redis_topology.hpp"

#include <algorithm>
#include <utility>

namespace ability {

namespace {

using boost::system::error_code;

// Servers that are asked for the map in one search, beside those that the settings name.
constexpr std::size_t asked_at_most = 8;

bool is_reached(const redis_topology::server& which) { return which.commands->is_up() && which.channels->is_up(); }

}  // namespace

redis_topology::redis_topology(boost::asio::io_context& io, redis_endpoint where, redis_pipeline_settings bounds,
                               redis_counters& counters, random_source& random, callbacks owner)
    : io_{io},
      where_{std::make_shared<const redis_endpoint>(std::move(where))},
      bounds_{bounds},
      counters_{counters},
      random_{random},
      owner_{std::move(owner)},
      of_slot_(is_cluster() ? redis_slots : 1, nullptr),
      finder_{io, where_},
      search_{io} {}

void redis_topology::open(std::vector<std::string> preparations) {
  preparations_ = std::move(preparations);
  is_open_ = true;
  if (is_cluster())
    return search();
  auto& only = add({where_->host, where_->port});
  only.has_slots = true;
  of_slot_.front() = &only;
}

void redis_topology::close() {
  is_open_ = false;
  search_.cancel();
  finder_.cancel();
  for (const auto& each : servers_) {
    each->channels->close();
    each->commands->close();
  }
}

// -- facts ---

bool redis_topology::is_up() const noexcept {
  return std::ranges::find(of_slot_, nullptr) == of_slot_.end() &&
         std::ranges::all_of(servers_, [](const auto& each) { return !each->has_slots || is_reached(*each); });
}

bool redis_topology::takes_some() const noexcept {
  return std::ranges::any_of(servers_, [](const auto& each) { return each->has_slots && each->commands->is_up(); });
}

// -- servers ---

redis_topology::server* redis_topology::reach(const redis_address& at) {
  const auto found = std::ranges::find(
      servers_, at, [](const auto& each) -> const auto& { return each->at; });
  if (found != servers_.end())
    return found->get();
  return servers_.size() < max_servers ? &add(at) : nullptr;
}

redis_topology::server& redis_topology::add(const redis_address& at) {
  auto& made = *servers_.emplace_back(std::make_unique<server>(server{.at = at}));
  const auto where = endpoint_at(*where_, at);
  const auto down = [this, &made](const std::string& why) {
    if (is_cluster())
      search_soon();
    if (made.has_slots)
      owner_.changed(why);
  };
  made.commands = std::make_unique<redis_pipeline>(io_, where, bounds_, counters_, random_,
                                                   redis_pipeline::callbacks{.up =
                                                                                 [this, &made] {
                                                                                   owner_.changed({});
                                                                                   owner_.reached(made);
                                                                                 },
                                                                             .down = down});
  made.channels = std::make_unique<redis_channels>(
      io_, where, counters_, random_,
      redis_channels::callbacks{
          .subscribed = [this](const std::string& channel) { owner_.subscribed(channel); },
          .published = [this](const std::string& channel, std::string& text) { owner_.published(channel, text); },
          .up = [this] { owner_.changed({}); },
          .down = down,
          .refused = [this, &made](const std::string& error) { take_refusal(made, error); }});
  made.commands->open(preparations_);
  made.channels->open();
  counters_.servers.set(counters_.servers.get() + 1);
  return made;
}

void redis_topology::take_refusal(const server& from, const std::string& error) {
  if (const auto why = redis_failure_of(error); needs_mending(why))
    owner_.refused({why, error});
  const auto redirect = read_redirect(error, from.at);
  auto* const to = redirect && redirect->to ? reach(*redirect->to) : nullptr;
  if (to != nullptr)
    move(redirect->slot, *to);
  else
    search_soon(from.at);
}

void redis_topology::move(std::uint16_t slot, server& to) {
  search_soon(to.at);
  if (std::exchange(of_slot_[slot], &to) == &to)
    return;
  to.has_slots = true;
  owner_.mapped();
}

// Those without slots end, unless they are in use: slots may be on their way to them.
void redis_topology::retire() {
  std::erase_if(servers_, [this](const auto& each) {
    if (each->has_slots || (each->commands->is_up() && !each->commands->is_idle()))
      return false;
    each->channels->close();
    each->commands->close();
    counters_.servers.set(counters_.servers.get() - 1);
    return true;
  });
}

// -- the map ---

void redis_topology::search_soon(std::optional<redis_address> first) {
  if (first)
    first_to_ask_ = std::move(first);
  if (finder_.is_searching())
    searches_again_ = true;
  if (!is_open_ || finder_.is_searching() || std::exchange(search_pending_, true))
    return;
  search_.expires_after(searches_.next(std::chrono::steady_clock::now(), random_));
  search_.async_wait([this, alive = std::weak_ptr{alive_}](const error_code& error) {
    if (error || alive.expired())
      return;
    search_pending_ = false;
    search();
  });
}

void redis_topology::search() {
  searches_again_ = false;
  finder_.find(whom_to_ask(),
               [this](const redis_map_finder::map& found, const std::string& why) { take_map(found, why); });
}

std::vector<redis_address> redis_topology::whom_to_ask() {
  std::vector<redis_address> whom;
  const auto add_once = [&](const redis_address& each) {
    if (std::ranges::find(whom, each) == whom.end())
      whom.push_back(each);
  };
  if (const auto first = std::exchange(first_to_ask_, std::nullopt))
    add_once(*first);
  ++turn_;
  for (std::size_t i = 0; i < servers_.size() && whom.size() < asked_at_most; ++i)
    if (const auto& each = *servers_[(turn_ + i) % servers_.size()]; each.commands->is_up())
      add_once(each.at);
  for (const auto& each : where_->cluster)
    add_once(each);
  return whom;
}

void redis_topology::take_map(const redis_map_finder::map& found, const std::string& why) {
  if (found.empty()) {
    counters_.map_failures.add();
    owner_.changed(why);
    return search_soon();
  }
  counters_.maps.add();
  std::vector<server*> next(redis_slots, nullptr);
  for (const auto& each : found)
    if (auto* const master = reach(each.master))
      std::fill(next.begin() + each.first, next.begin() + each.last + 1, master);
  for (const auto& each : servers_)
    each->has_slots = false;
  for (auto* const each : next)
    if (each != nullptr)
      each->has_slots = true;
  const bool has_changed = next != of_slot_;
  of_slot_ = std::move(next);
  if (has_changed)
    owner_.mapped();
  retire();
  const bool is_whole = std::ranges::find(of_slot_, nullptr) == of_slot_.end();
  owner_.changed(is_whole ? "" : "some slots of the Redis Cluster have no server");
  if (is_up())
    searches_.succeeded();
  if (!is_up() || searches_again_)
    search_soon();
}

}  // namespace ability
