#include "net/fly/peer/link_transport.hpp"

#include <utility>

#include "net/fly/peer/gateway_link.hpp"

namespace ability::fly {

link_client::link_client(std::shared_ptr<gateway_link> of, client_id id)
    : link_{std::move(of)}, on_{link_->get_executor()}, id_{id}, peer_{link_->peer() + '#' + std::to_string(id)} {}

void link_client::send(std::string_view packets) {
  if (link_)
    link_->send({&id_, 1}, packets);
}

std::size_t link_client::queued() const { return link_ ? link_->queued() : 0; }

void link_client::take(std::string_view bytes) {
  reader_.feed(bytes, [this](const packet& each) {
    if (paused_)
      append_packet(held_, each);
    else
      deliver(each);
    return link_ != nullptr;
  });
  if (held_.size() > max_held) {
    const auto on = events_;
    close("too slow");
    on.on_closed("its handlers are too slow");
  }
}

void link_client::deliver(const packet& what) {
  const auto on_packet = events_.on_packet;  // a copy: closing destroys the original while it runs
  if (on_packet)
    on_packet(what);
}

void link_client::resume() {
  const auto self = shared_from_this();
  paused_ = false;
  const auto held = std::exchange(held_, {});
  std::string_view left = held;
  while (link_ && !paused_ && !left.empty()) {
    const auto next = *first_packet(left);
    left.remove_prefix(size_of(next));
    deliver(next);
  }
  held_ = left;
}

void link_client::close(std::string_view) {
  events_ = {};
  if (const auto link = std::exchange(link_, nullptr))
    link->close(id_);
}

void link_client::gone(const std::string& why) {
  link_ = nullptr;
  if (const auto on = std::exchange(events_, {}); on.on_closed)
    on.on_closed(why);
}

}  // namespace ability::fly
