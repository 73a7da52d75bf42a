#include "net/fly_gateway/fly_udp_listener.hpp"

#include <utility>

#include "net/fly_gateway/fly_udp_transport.hpp"

namespace ability {

boost::system::result<void, std::string> fly_udp_listener::open(const fly::address& where, std::size_t max_payload,
                                                                std::chrono::milliseconds idle_timeout) {
  auto url = std::make_shared<std::string>();
  fly::listen_options options;
  options.udp_buffer = max_payload;
  options.udp_idle = idle_timeout;
  auto opened = fly::listen(context_.lane.io().get_executor(), where, options, [this, url](fly::transport_ptr peer) {
    if (accepting_)
      fly_udp_transport::start(context_, std::move(peer), url);
  });
  if (!opened)
    return opened.error();
  socket_ = std::move(*opened);
  *url = to_string(socket_->local()) + '/';
  context_.lane.wheel().set(*this, count_every);
  return {};
}

// Copies the socket's own counters to the lane's, which any thread may read for metrics.
void fly_udp_listener::on_timer() {
  const auto now = socket_->counters();
  auto& counters = context_.home.counters;
  counters.udp_malformed.add(now.dropped_malformed - counted_.dropped_malformed);
  counters.udp_unproved.add(now.dropped_unproved - counted_.dropped_unproved);
  counters.udp_overrun.add(now.dropped_paused - counted_.dropped_paused);
  counters.refused[static_cast<std::size_t>(refusal_reason::client_full)].add(now.refused - counted_.refused);
  counted_ = now;
  context_.lane.wheel().set(*this, count_every);
}

}  // namespace ability
