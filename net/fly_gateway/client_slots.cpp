#include "net/fly_gateway/client_slots.hpp"

#include <utility>

namespace ability {

void client_slots::open() {
  places_.assign(1, {.taken = true});
  free_.clear();
}

std::optional<fly::client_id> client_slots::take(backend_client& client) {
  if (free_.empty()) {
    if (places_.size() == max_places)
      return std::nullopt;
    places_.emplace_back();
    free_.push_back(static_cast<fly::client_id>(places_.size() - 1));
  }
  const auto id = free_.back();
  free_.pop_back();
  places_[id] = {.client = &client, .taken = true};
  return id;
}

bool client_slots::close(fly::client_id id) noexcept {
  return id < places_.size() && std::exchange(places_[id].client, nullptr) != nullptr;
}

backend_client* client_slots::free(fly::client_id id) {
  auto& here = places_[id];
  if (!std::exchange(here.taken, false))
    return nullptr;
  free_.push_back(id);
  return std::exchange(here.client, nullptr);
}

bool client_slots::is_new_target(fly::client_id id) noexcept {
  return id < places_.size() && std::exchange(places_[id].frame, frames_) != frames_;
}

std::vector<backend_client*> client_slots::clear() {
  std::vector<backend_client*> clients;
  for (const auto& each : std::exchange(places_, {}))
    if (each.client != nullptr)
      clients.push_back(each.client);
  return clients;
}

}  // namespace ability
