#include "net/fly/transport/udp_peer.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "net/fly/transport/packets.hpp"

namespace ability::fly {

std::string udp_peer::peer() const { return text_of(where_); }

void udp_peer::start(events on) {
  on_.fill(std::move(on));
  boost::asio::post(get_executor(), [self = shared_from_this()] {
    if (self->ended_)
      self->on_.end("the server has closed");
    else
      self->take_helo();
  });
}

void udp_peer::take_helo() {
  if (on_ && !helo_.empty()) {
    const auto helo = std::exchange(helo_, {});
    on_.packet(*whole_packet(helo, server_->options().profile));
  }
}

void udp_peer::take(const packet& what) {
  last_heard_ = std::chrono::steady_clock::now();
  take_helo();
  if (paused_ || !on_)
    server_->count_paused();
  else
    on_.packet(what);
}

bool udp_peer::take_again(packet helo, const udp_server::proof& by) {
  std::string first{helo.buffer};
  const auto at = first.find(by.cookie);
  if (by.made > came_ || at == std::string::npos || !began_with(first.replace(at, by.cookie.size(), cookie_)))
    return false;
  helo.buffer = first;
  take(helo);
  return true;
}

void udp_peer::send(std::string_view packets) {
  if (ended_)
    return;
  for_each_packet(packets, [this](std::string_view each) {
    if (each.size() <= header_size + max_buffer())
      server_->send(each, where_);
  });
}

void udp_peer::end(const std::string& why) {
  ended_ = true;
  on_.end(why);
}

void udp_peer::close(std::string_view) {
  on_.drop(get_executor());
  if (!std::exchange(ended_, true))
    server_->forget(where_);
}

}  // namespace ability::fly
