#include "actors/connection.hpp"

#include <algorithm>
#include <caf/delegated.hpp>
#include <caf/send.hpp>
#include <functional>
#include <utility>

#include "actors/log.hpp"
#include "actors/pinned.hpp"
#include "actors/prefetch.hpp"

namespace ability {

namespace {

// Of whatever implements it, what sending touches.
constexpr std::size_t outbox_bytes = 128;

// Whoever may connect without being asked who they are is known by the session alone.
std::string public_identity(const std::string& sid) { return R"({"sid":")" + sid + R"("})"; }

std::size_t hash_of(const std::string& identity) { return std::hash<std::string>{}(identity); }

}  // namespace

connection_state::~connection_state() {
  if (client_ != nullptr)
    client_->close({}, 1011, {});
  // An actor that is destroyed because nobody refers to it is in no record, and must not hand out references to itself.
  if (self_->ctrl()->strong_refs == 0)
    return;
  for (const auto& old : subscriptions_)
    leave(old);
  if (is_in()) {
    home_->counters.connections_closed.add();
    caf::anon_send(home_->registry, connection_closed{connection_actor{self_}, hash_of(identity_)});
  }
}

void connection_state::start(lane_home& home, std::shared_ptr<outbox> client, std::string sid) {
  home_ = &home;
  client_ = std::move(client);
  sid_ = std::move(sid);
}

connection_actor::behavior_type connection_state::make_behavior() {
  return {
      // First, as CAF tries the handlers in this order. "Delegated" tells it that there is no answer to prepare.
      [this](const deliver& delivery) -> caf::delegated<void> {
        hand_out(delivery.frames);
        return {};
      },
      [this](start_handshake) { authenticate(); },
      [this](client_said& said) { enqueue(std::move(said.command)); },
      [this](client_gone) { self_->quit(); },
      [this](const disconnect_client& why) { say_goodbye(why); },
  };
}

void connection_state::prefetch_parts() const noexcept { prefetch(client_.get(), outbox_bytes); }

void connection_state::prefetch_parts_of_parts() const noexcept { client_->prefetch_parts(); }

void connection_state::authenticate() {
  if (is_in())
    return;
  if (!home_->here.settings.public_access) {
    home_->counters.failed_auths.add();
    client_->refuse(refusal::unauthorized);
    self_->quit();
    return;
  }
  identity_ = public_identity(sid_);
  home_->counters.connections_opened.add();
  caf::anon_send(home_->registry, connection_opened{connection_actor{self_}, hash_of(identity_)});
  encoding_ = client_->accept();
  client_->push_text(welcome_message(sid_));
}

void connection_state::enqueue(client_command&& command) {
  if (!is_in()) {
    fail("not let in yet", command);
    command_done();
    return;
  }
  if (busy_) {
    waiting_.push_back(std::move(command));
    return;
  }
  handle(std::move(command));
}

void connection_state::handle_waiting() {
  while (!busy_ && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    handle(std::move(next));
  }
}

void connection_state::handle(client_command&& command) {
  switch (command.type) {
    case command_type::subscribe:
      handle_subscribe(std::move(command));
      return;
    case command_type::unsubscribe:
      handle_unsubscribe(command);
      break;
    case command_type::message:
      fail(find(command.identifier) == subscriptions_.end() ? "unknown subscription" : "nobody handles messages",
           command);
      break;
    case command_type::ping:
      client_->push_text(pong_message());
      break;
    case command_type::pong:
      break;
  }
  command_done();
}

void connection_state::handle_subscribe(client_command&& command) {
  if (find(command.identifier) != subscriptions_.end()) {
    fail("already subscribed", command);
    command_done();
    return;
  }
  auto stream = public_stream_name(command.identifier);
  if (!stream || subscriptions_.size() >= home_->here.settings.max_subscriptions) {
    fail(stream ? "too many subscriptions" : stream.error().detail, command);
    client_->push_text(reject_subscription(command.identifier));
    command_done();
    return;
  }
  busy_ = true;
  self_
      ->request(home_->here.directory_of(*stream), caf::infinite,
                subscribe{*stream, command.identifier, encoding_, connection_actor{self_}})
      .then([this](const subscribed& news) { confirm(news); },
            // The stream failed; those who follow it already are told to come back, too.
            [this](const caf::error&) {
              say_goodbye({{}, std::string{disconnect_reason::server_restart}, true});
            });
  subscriptions_.push_back({std::move(command.identifier), {}, std::move(*stream)});
}

void connection_state::handle_unsubscribe(const client_command& command) {
  auto old = find(command.identifier);
  if (old == subscriptions_.end()) {
    fail("unknown subscription", command);
    return;
  }
  leave(*old);
  subscriptions_.erase(old);
}

void connection_state::confirm(const subscribed& news) {
  auto pending = find(news.identifier);  // there, as no command is handled until this one has its answer
  pending->pending_stream = {};
  pending->streams.push_back({news.stream, news.actor, news.slot});
  client_->push_text(confirm_subscription(news.identifier));
  busy_ = false;
  command_done();
  handle_waiting();
}

void connection_state::hand_out(const batch_ptr& frames) {
  frames->claim();
  if (std::ranges::find(frames->exclusions, sid_, &batch::exclusion::sid) == frames->exclusions.end()) {
    push(frames->bytes, frames->count);
    return;
  }
  std::string rest;
  std::size_t from = 0;
  auto count = frames->count;
  for (const auto& excluded : frames->exclusions) {
    if (excluded.sid != sid_)
      continue;
    rest.append(*frames->bytes, from, excluded.offset - from);
    from = excluded.offset + excluded.size;
    --count;
  }
  rest.append(*frames->bytes, from);
  home_->counters.excluded.add(frames->count - count);
  if (count > 0)
    push(std::make_shared<const std::string>(std::move(rest)), count);
}

void connection_state::push(frames_ptr frames, std::uint64_t count) {
  auto& counters = home_->counters;
  (client_->push(std::move(frames), count) ? counters.delivered : counters.dropped_closed).add(count);
}

void connection_state::say_goodbye(const disconnect_client& why) {
  if (!why.identity.empty() && why.identity != identity_)
    return;
  client_->close(disconnect_message(why.reason, why.reconnect), why.reconnect ? 1001 : 1000, why.reason);
  self_->quit();
}

void connection_state::leave(const subscription& old) {
  for (const auto& followed : old.streams)
    caf::anon_send(followed.actor, unsubscribe{{}, old.identifier, encoding_, connection_actor{self_}, followed.slot});
  if (!old.pending_stream.empty())
    caf::anon_send(
        home_->here.directory_of(old.pending_stream),
        unsubscribe{old.pending_stream, old.identifier, encoding_, connection_actor{self_}, unsubscribe::unknown_slot});
}

void connection_state::fail(std::string_view why, const client_command& command) {
  home_->counters.failed_client_messages.add();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "command dropped",
        {{"sid", sid_}, {"why", std::string{why}}, {"identifier", command.identifier}});
}

void connection_state::command_done() { client_->command_done(); }

std::vector<connection_state::subscription>::iterator connection_state::find(std::string_view identifier) {
  return std::ranges::find(subscriptions_, identifier, &subscription::identifier);
}

connection_actor spawn_connection(lane_home& home, std::shared_ptr<outbox> client, std::string sid) {
  return spawn_on<connection_actor, connection_state>(home.here.system, home.runs_on, home, std::move(client),
                                                      std::move(sid));
}

}  // namespace ability
