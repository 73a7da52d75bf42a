// Clients on a link to a backend, and the bytes sent to the backend.
#include <array>
#include <utility>

#include "net/fly_gateway/backend_link.hpp"

namespace ability {

namespace {

// Bytes of one client joined in one frame, if they are sent together.
constexpr std::size_t joined_size = std::size_t{16} << 10;

// The number of client ids; one is the link's own.
constexpr std::size_t max_places = 65'536;

}  // namespace

// -- clients ---

std::optional<fly::client_id> backend_link::open(backend_client& client) {
  if (state_ != state::up)
    return {};
  if (free_.empty() && places_.size() == max_places) {
    edge_.home.counters.hit(limit::backend_clients);
    return {};
  }
  if (free_.empty()) {
    places_.emplace_back();
    free_.push_back(static_cast<fly::client_id>(places_.size() - 1));
  }
  const auto id = free_.back();
  free_.pop_back();
  places_[id] = {.client = &client, .taken = true};
  return id;
}

void backend_link::send(fly::client_id id, std::string_view bytes) {
  if (state_ != state::up)
    return;
  stream_->write_by([&](std::string& queue) {
    if (id != fly::link_id && fly::extend_frame(queue, last_frame_, id, bytes, joined_size))
      return;
    last_frame_ = queue.size();
    fly::append_frames(queue, std::array{id}, bytes);
  });
  if (stream_->queued() > backend_.max_pending)
    end_slow();
  else
    watch_congestion();
}

// Closes a link over its limit. Clients are not read then, so most of the queue is answers to the backend itself.
void backend_link::end_slow() {
  edge_.home.counters.hit(limit::backend_pending_size);
  lose("it does not read, " + std::to_string(stream_->queued()) + " bytes wait for it (--fly-rpc-max-pending-size)");
}

void backend_link::close(fly::client_id id) {
  if (state_ != state::up || id >= places_.size() || places_[id].client == nullptr)
    return;
  places_[id].client = nullptr;
  std::string frame;
  fly::append_frames(frame, std::array{id}, {});
  stream_->write(frame);
}

// Tells clients that wait for the link when it has room again.
void backend_link::watch_congestion() {
  static constexpr std::chrono::milliseconds look_again{5};
  if (!is_congested() || std::exchange(congested_, true))
    return;
  set_timer(look_again, &backend_link::look_for_room);
}

void backend_link::look_for_room() {
  congested_ = false;
  if (state_ != state::up)
    return;
  watch_congestion();
  if (congested_)
    return;
  for (std::size_t id = 1; id < places_.size() && state_ == state::up && !is_congested(); ++id)
    if (auto* client = places_[id].client)
      client->backend_drained();
}

// -- calls ---

void backend_link::call(const rpc_request& request, std::chrono::milliseconds timeout,
                        std::function<void(rpc_outcome)> done) {
  if (state_ != state::up)
    done(rpc_error{rpc_failure::unavailable, "the link to the backend is down"});
  else if (const auto bytes = calls_.begin(request, timeout, std::move(done)))
    send(fly::link_id, *bytes);
}

}  // namespace ability
