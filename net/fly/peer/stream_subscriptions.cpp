#include "net/fly/peer/stream_subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace ability::fly {

namespace {

using arrival = stream_follower::arrival;

stream_follower::time time_of_loop() { return call_table::clock::now().time_since_epoch(); }

}  // namespace

// -- out ---

std::optional<remote_error> stream_subscriptions::start(call_table::call& what, std::string_view stream,
                                                        const stream_start& from) {
  if (unanswered_.full())
    return remote_error{error_code::too_many, "too many subscriptions are under way"};
  const auto alias = what.command;
  const bool has_start = from.time || !from.positions.empty();
  if (!terms_.positions) {
    if (has_start)
      return remote_error{error_code::forbidden, "messages have no positions here, so no earlier ones can be sent"};
    const auto sequence = unanswered_.start(std::move(what));
    out_.write({subtype::mq, mq_option::subscribe, alias, sequence, stream});
    return std::nullopt;
  }
  auto& of = engine_.follows[alias];
  if (has_start)
    of = {.name = std::string{stream}, .progress = stream_follower{from.positions}, .since = from.time};
  else if (of.name != stream)
    of = {.name = std::string{stream}};
  if (encode_stream_request(of.name, of.progress.known(), of.since).size() > terms_.limit)
    return remote_error{error_code::too_long, "the stream's name and positions do not fit in a packet"};
  of.sequence = unanswered_.start(std::move(what));
  of.progress.connected(terms_.loses_packets);
  ask(alias, of);
  return std::nullopt;
}

void stream_subscriptions::ask(std::uint16_t alias, followed_stream& of) {
  of.progress.asked(time_of_loop());
  const auto buffer = encode_stream_request(of.name, of.progress.known(), of.since);
  if (buffer.size() <= terms_.limit)
    out_.write({subtype::mq, mq_option::subscribe, alias, of.sequence, buffer});
}

void stream_subscriptions::send(std::uint8_t options, std::uint16_t alias, std::string_view buffer) {
  if ((options & mq_option::unsubscribe) != 0)
    engine_.follows.erase(alias);
  out_.write({subtype::mq, options, alias, unanswered_.pass_number(), buffer});
}

void stream_subscriptions::check(time_point now) {
  if (!terms_.positions)
    return;
  for (auto& [alias, of] : engine_.follows) {
    const auto next = of.progress.check(now.time_since_epoch());
    if (next == stream_follower::step::ask)
      ask(alias, of);
    else if (next == stream_follower::step::give_up)
      of.progress.refused();
  }
}

stream_subscriptions::time_point stream_subscriptions::next_check() const noexcept {
  auto next = call_table::never;
  if (terms_.positions)
    for (const auto& [alias, of] : engine_.follows)
      next = std::min(next, time_point{of.progress.next_check()});
  return next;
}

// -- in ---

bool stream_subscriptions::receive(const packet& what) {
  if (what.options == mq_option::confirm) {
    confirm(what);
    return true;
  }
  if (what.options != mq_option::reject && (what.options & ~mq_option::compressed) != 0)
    return false;
  std::string inflated;
  packet whole = what;
  if (what.options != mq_option::reject && !inflate(terms_, whole, inflated))
    return true;
  if (terms_.positions)
    return receive_numbered(whole);
  if (whole.options == mq_option::reject)
    reject(whole);
  else if (engine_.on_stream)
    engine_.on_stream(whole.command, whole.buffer, std::nullopt);
  else
    return false;
  return true;
}

void stream_subscriptions::confirm(const packet& what) {
  const auto found = unanswered_.finish(what.command, what.sequence);
  const auto of = engine_.follows.find(what.command);
  bool has_missed = false;
  if (const auto where = decode_beginning(what.buffer); where && terms_.positions && of != engine_.follows.end()) {
    of->second.progress.note(*where, time_of_loop());
    of->second.since.reset();
    has_missed = !where->completes.value_or(true);
  }
  if (found.who)
    found.who->done(payload{});
  if (has_missed && engine_.on_missed)
    engine_.on_missed(what.command);
}

void stream_subscriptions::reject(const packet& what) {
  const auto found = unanswered_.finish(what.command, what.sequence);
  if (const auto of = engine_.follows.find(what.command); of != engine_.follows.end())
    of->second.progress.refused();
  if (found.who)
    found.who->done(remote_error{error_code::forbidden, std::string{what.buffer}});
  else if (engine_.on_reject)
    engine_.on_reject(what.command, what.buffer);
}

// A message with its position, or a Reject, which has one if it stands for a message.
bool stream_subscriptions::receive_numbered(const packet& what) {
  const auto parts = split_position(what.buffer);
  if (!parts)
    return false;
  packet bare = what;
  bare.buffer = parts->data;
  const auto of = engine_.follows.find(what.command);
  if (!parts->at) {
    what.has(mq_option::reject) ? reject(bare) : pass_on(bare, parts->at);
    return true;
  }
  if (of == engine_.follows.end())
    return false;
  auto& progress = of->second.progress;
  const auto how = progress.note(*parts->at, time_of_loop());
  if (how == arrival::early && terms_.loses_packets && !progress.is_asking())
    ask(what.command, of->second);
  if (how == arrival::early && !terms_.loses_packets && engine_.on_missed)
    engine_.on_missed(what.command);
  if (how == arrival::in_order || (how == arrival::early && !terms_.loses_packets))
    pass_on(bare, parts->at);
  return true;
}

void stream_subscriptions::pass_on(const packet& what, const std::optional<stream_position>& at) {
  if (what.has(mq_option::reject)) {
    if (engine_.on_reject)
      engine_.on_reject(what.command, what.buffer);
  } else if (engine_.on_stream)
    engine_.on_stream(what.command, what.buffer, at);
}

}  // namespace ability::fly
