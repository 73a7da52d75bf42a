#include "net/app/fly_app_transport.hpp"

#include <boost/asio/post.hpp>
#include <string>
#include <utility>

namespace ability {
namespace {

probe_outcome outcome_of(const backend_pool& links) {
  if (links.any_is_up())
    return {reachability::up};
  auto why = links.why_down();
  if (why.empty())
    return {reachability::unknown};
  return {reachability::away, links.names(), std::move(why)};
}

}  // namespace

void fly_app_transport::call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
                             std::function<void(rpc_outcome)> done) {
  const auto& place = places_[std::hash<std::string>{}(request->sid) % places_.size()];
  boost::asio::post(place.lane->io(),
                    [links = place.links, request = std::move(request), timeout, done = std::move(done)]() mutable {
                      if (const auto link = links->of(request->sid))
                        link->call(*request, timeout, std::move(done));
                      else
                        done(rpc_error{rpc_failure::unavailable, "no link to a backend is up"});
                    });
}

// Asks one lane: each has links to the same backends. Nothing is dialled, as links redial by themselves.
void fly_app_transport::probe(bool, std::chrono::milliseconds, std::function<void(probe_outcome)> done) {
  const auto& place = places_.front();
  boost::asio::post(place.lane->io(), [links = place.links, done = std::move(done)] { done(outcome_of(*links)); });
}

// Links that are up stay: they have authenticated with the old secret.
void fly_app_transport::use_secret(std::string secret) {
  for (const auto& each : places_)
    boost::asio::post(each.lane->io(), [links = each.links, secret] { links->use_secret(secret); });
}

void fly_app_transport::stop() {
  for (const auto& each : places_)
    boost::asio::post(each.lane->io(), [links = each.links] { links->stop(); });
}

}  // namespace ability
