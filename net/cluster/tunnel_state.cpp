#include "net/cluster/tunnel_state.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "actors/node/log.hpp"

namespace ability {

namespace {

constexpr std::size_t node_ids_kept = 512;
// Programs that prove nothing come and go faster, and the id of each rests for a while.
constexpr std::size_t program_ids_kept = 8'192;
constexpr std::chrono::seconds between_lines{1};

}  // namespace

std::string_view name_of(tunnel_refusal which) noexcept {
  switch (which) {
    case tunnel_refusal::malformed:
      return "malformed";
    case tunnel_refusal::handshake_timeout:
      return "handshake_timeout";
    case tunnel_refusal::tls_failed:
      return "tls_failed";
    case tunnel_refusal::wrong_secret:
      return "wrong_secret";
    case tunnel_refusal::wrong_version:
      return "wrong_version";
    case tunnel_refusal::crowded_out:
      return "crowded_out";
    case tunnel_refusal::other:
      break;
  }
  return "other";
}

tunnel_common::tunnel_common(io_lane& where, caf::actor_system& actors, tunnel_settings how,
                             monitor_session_factory sessions)
    : home{where},
      system{actors},
      settings{std::move(how)},
      make_monitor_session{std::move(sessions)},
      join{actors, &where},
      node_ids{1, node_ids_kept},
      program_ids{1 + node_ids_kept, program_ids_kept} {}

void tunnel_common::refuse(tunnel_refusal why, const std::string& peer, const std::string& detail) {
  const auto index = static_cast<std::size_t>(why);
  counters.refused[index].add();
  auto& last = lines_[index];
  const auto now = std::chrono::steady_clock::now();
  if (now < last.next) {
    ++last.left_out;
    return;
  }
  last.next = now + between_lines;
  log(log_level::warn, "connection to the cluster or monitor refused",
      {{"reason", std::string{name_of(why)}},
       {"peer", peer},
       {"detail", detail},
       {"left_out", std::exchange(last.left_out, 0)}});
}

bool tunnel_common::make_room() {
  if (handshakes < settings.limits.handshakes)
    return true;
  if (unproved.empty())
    return false;
  unproved.front().crowd_out();
  return true;
}

socket_count::socket_count(tunnel_common_ptr common, bool accepted)
    : common_{std::move(common)}, in_handshake_{accepted} {
  ++common_->open;
  if (!in_handshake_)
    return;
  ++common_->handshakes;
  common_->unproved.push_back(*this);
}

socket_count::~socket_count() {
  up();
  if (--common_->open == 0 && common_->when_none_open)
    boost::asio::post(common_->home.io(), std::exchange(common_->when_none_open, nullptr));
}

// The callback may destroy this object.
void socket_count::crowd_out() {
  const auto call = std::exchange(when_crowded_out_, nullptr);
  up();
  if (call)
    call();
}

void socket_count::drain(const fly::byte_stream_ptr& stream) {
  when_crowded_out([weak = std::weak_ptr{stream}] {
    if (const auto still_open = weak.lock())
      still_open->close();
  });
  if (!is_linked())
    common_->draining.push_back(*this);
  stream->drain();
}

void socket_count::proved() noexcept {
  unlink();
  when_crowded_out_ = nullptr;
}

void socket_count::up() noexcept {
  proved();
  if (std::exchange(in_handshake_, false))
    --common_->handshakes;
}

}  // namespace ability
