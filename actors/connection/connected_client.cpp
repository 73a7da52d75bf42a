#include "actors/connection/connected_client.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdlib>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/sessions/messages.hpp"

namespace ability {

namespace {

// Stands in for the session of a client that has left.
class ended_session final : public client_session {
public:
  const wire_format& accept(std::string_view, time_point, bool) override {
    std::abort();
  }  // a client that has left is not admitted
  void refuse(refusal, const std::vector<std::string>&) override {}
  bool push(frames_ptr, std::uint64_t) override { return false; }
  void tell(const client_reply&) override {}
  void command_done() override {}
  void close(const close_reason&) override {}
  std::size_t queued() const noexcept override { return 0; }
  client_facts describe() const override { return {.transport = "closed"}; }
  void prefetch_parts() const noexcept override {}
};

}  // namespace

void connected_client::admit(admission_granted granted) {
  phase = connection_phase::open;
  identity = std::move(granted.identity);
  since = self->clock().now();
  home->counters.connections_opened.add();
  caf::anon_send(home->registry, connection_opened{connection_actor{self}, identity_hash(), sid});
  report(home->here, event_kind::connected, sid, identity);
  const bool restores = resumable != nullptr && resumable->taken != nullptr;
  subscriptions.use(session->accept(identity, granted.expires, restores));
}

// The application is told of this session, so not of the one that it was to go on from.
void connected_client::forfeit_session() {
  const auto mine = std::exchange(resumable, nullptr);
  if (mine != nullptr && mine->taken != nullptr && home->vault != nullptr)
    caf::anon_send(home->here.sessions_of(mine->taken->sid), session_told{mine->taken->sid, true});
}

void connected_client::leave(std::string_view reason) {
  static const std::shared_ptr<client_session> ended = std::make_shared<ended_session>();
  if (phase == connection_phase::open)
    report(home->here, event_kind::disconnected, sid, reason);
  const bool is_awaited = phase == connection_phase::authenticating || phase == connection_phase::withdrawn;
  phase = is_awaited ? connection_phase::withdrawn : connection_phase::leaving;
  std::exchange(session, ended)->close({});
}

void connected_client::send(const batch& frames) const {
  auto& counters = home->counters;
  const auto push = [&](frames_ptr bytes, std::uint64_t count, std::uint64_t all) {
    (session->push(std::move(bytes), all) ? counters.delivered : counters.dropped_closed).add(count);
  };
  const auto is_mine = [this](std::string_view excluded) { return is_called(excluded); };
  if (std::ranges::none_of(frames.exclusions, is_mine, &batch::exclusion::sid)) {
    push(frames.bytes, frames.count, frames.count);
    return;
  }
  auto [rest, count, all] = frames.without(is_mine);
  counters.excluded.add(frames.count - count);
  if (all > 0)
    push(std::make_shared<const std::string>(std::move(rest)), count, all);
}

void connected_client::transmit(const std::vector<std::string>& texts) const {
  for (const auto& each : texts)
    session->tell(reply::transmission{each});
}

}  // namespace ability
