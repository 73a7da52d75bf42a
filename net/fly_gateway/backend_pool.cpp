#include "net/fly_gateway/backend_pool.hpp"

#include <algorithm>
#include <functional>

namespace ability {

backend_pool::backend_pool(lane_context& where, const std::vector<backend_endpoint>& backends) {
  for (const auto& each : backends)
    links_.push_back(std::make_shared<backend_link>(where, each));
}

void backend_pool::start() {
  for (const auto& each : links_)
    each->start();
}

void backend_pool::stop() {
  for (const auto& each : links_)
    each->stop();
}

bool backend_pool::any_is_up() const {
  return std::ranges::any_of(links_, [](const auto& each) { return each->is_up(); });
}

std::string backend_pool::names() const {
  std::string all;
  for (const auto& each : links_)
    all.append(all.empty() ? "" : ",").append(each->name());
  return all;
}

std::string backend_pool::why_down() const {
  for (const auto& each : links_)
    if (!each->why_down().empty())
      return each->why_down();
  return {};
}

void backend_pool::use_secret(const std::string& secret) {
  for (const auto& each : links_)
    each->use_secret(secret);
}

// Rendezvous hashing: if a backend comes or goes, only the sessions that it gets or had move.
std::shared_ptr<backend_link> backend_pool::of(std::string_view sid) const {
  std::shared_ptr<backend_link> chosen;
  std::size_t highest = 0;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (!links_[i]->is_up())
      continue;
    const auto weight = std::hash<std::string>{}(std::string{sid} + ' ' + std::to_string(i));
    if (chosen == nullptr || weight > highest) {
      chosen = links_[i];
      highest = weight;
    }
  }
  return chosen;
}

}  // namespace ability
