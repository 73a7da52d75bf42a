/// A FlyRPC client's place on a link to a backend.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "net/fly_gateway/backend_link.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

/// Empty until `take`. Gives the place up when it is destroyed. Use on the link's lane only.
class backend_place {
public:
  backend_place() = default;
  backend_place(const backend_place&) = delete;
  backend_place& operator=(const backend_place&) = delete;
  ~backend_place() { give_up(); }

  explicit operator bool() const noexcept { return link_ != nullptr; }

  /// False if `on` is null, down or full.
  bool take(std::shared_ptr<backend_link> on, backend_client& client) {
    const auto id = on != nullptr ? on->open(client) : std::nullopt;
    if (!id)
      return false;
    link_ = std::move(on);
    id_ = *id;
    return true;
  }

  void give_up() {
    if (const auto link = std::exchange(link_, nullptr))
      link->close(id_);
  }

  /// Call when the link has taken the place away.
  void lost() noexcept { link_ = nullptr; }

  /// True if the client should not be read for now.
  bool is_congested() const noexcept { return link_ != nullptr && link_->is_congested(); }

  void send(const fly::packet& what) const {
    thread_local std::string bytes;  // one allocation per thread, not per packet
    bytes.clear();
    append_packet(bytes, what);
    link_->send(id_, bytes);
  }

private:
  std::shared_ptr<backend_link> link_;
  fly::client_id id_ = fly::link_id;
};

}  // namespace ability
