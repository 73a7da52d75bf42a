#include "actors/connection/history_exchange.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <string_view>
#include <utility>

namespace ability {

namespace {

std::size_t bytes_of(const std::vector<subscriptions::held_stream>& held) {
  std::size_t bytes = 0;
  for (const auto& each : held)
    if (const auto& missed = each.answer->answer->missed)
      bytes += missed->bytes->size();
  return bytes;
}

std::size_t room_of(const connected_client& client) {
  const auto most = client.home->settings.history.max_replay;
  const auto pending = client.session->queued();
  return most + most / 2 - std::min(most + most / 2, pending);
}

// One request, from its first question to its last answer.
struct exchange : std::enable_shared_from_this<exchange> {
  exchange(connected_client& of, std::string which, std::uint32_t by, std::shared_ptr<const history_request> what,
           std::vector<subscriptions::held_stream> answers, std::function<void()> end)
      : client{of},
        identifier{std::move(which)},
        tag{by},
        asked{std::move(what)},
        then{std::move(end)},
        held{std::move(answers)},
        answered_before{held.size()},
        room{room_for_missed(client, asked.get(), held)} {}

  void go_on() {
    const auto* const of = client.subscriptions.find(identifier);
    const auto count = of == nullptr ? 0 : of->streams.size();
    for (; next < count && open < subscriptions::most_asked; ++next)
      if (const auto& stream = of->streams[next]; !has_answered(*stream.stream))
        ask(stream, client.subscriptions.wire_key_of(*of));
    if (open > 0)
      return;
    send_history(client, identifier, tag, *asked, held);
    then();
  }

  // Another question would be answered as if the answer to the first had been sent.
  bool has_answered(std::string_view stream) const {
    const auto last = held.begin() + static_cast<std::ptrdiff_t>(answered_before);
    return std::any_of(held.begin(), last, [stream](const auto& each) { return *each.stream == stream; });
  }

  void ask(const subscriptions::followed& stream, std::string key) {
    ++open;
    client.self
        ->request(stream.actor, caf::infinite,
                  hold_for_history{std::move(key),
                                   &client.subscriptions.format(),
                                   connection_actor{client.self},
                                   stream.slot,
                                   {stream.epoch, stream.began},
                                   asked,
                                   room})
        .then([self = shared_from_this(), name = stream.stream,
               actor = stream.actor](const history_held& answer) { self->take(name, actor, answer); },
              [self = shared_from_this()](const caf::error&) { self->go_on_after_failure(); });
  }

  void take(const std::shared_ptr<const std::string>& stream, const stream_actor& actor, const history_held& answer) {
    client.subscriptions.note_beginning(identifier, *stream, {answer.answer->at.epoch, answer.began});
    held.push_back({stream, actor, std::make_shared<const history_held>(answer)});
    --open;
    go_on();
  }

  // The stream tells all its followers to come back.
  void go_on_after_failure() {
    static const auto not_valid = std::make_shared<const history_request>();
    asked = not_valid;
    --open;
    go_on();
  }

  connected_client& client;
  std::string identifier;
  std::uint32_t tag;
  std::shared_ptr<const history_request> asked;
  std::function<void()> then;
  std::vector<subscriptions::held_stream> held;
  std::size_t answered_before;  // in `held`, at its front
  std::shared_ptr<replay_room> room;
  std::size_t next = 0;
  std::size_t open = 0;
};

// More may wait for the client than when its streams were asked, and frames are larger than their data.
bool has_room_for(const connected_client& client, const std::vector<subscriptions::held_stream>& held) {
  const auto bytes = bytes_of(held);
  return bytes == 0 || bytes <= room_of(client);
}

// False if something that the client asks for would be left out.
bool is_complete_answer(const connected_client& client, const history_request& asked,
                        const std::vector<subscriptions::held_stream>& held) {
  const auto has_answered = [&](const stream_position& behind) {
    return std::ranges::any_of(held, [&](const auto& each) {
      const auto& answer = *each.answer->answer;
      return answer.outcome == history_outcome::answered && answer.at.epoch == behind.epoch;
    });
  };
  const auto refuse = [&](history_outcome why) {
    client.home->counters.history_answers[static_cast<std::size_t>(why)].add();
    return false;
  };
  if (!asked.is_valid ||
      !std::ranges::all_of(held, [](const auto& each) { return is_complete(each.answer->answer->outcome); }))
    return false;
  if (!std::ranges::all_of(asked.unnamed, has_answered))
    return refuse(history_outcome::other_epoch);
  return has_room_for(client, held) || refuse(history_outcome::too_large);
}

// The streams have noted that the client is sent what they answered. It is not: it was sent nothing before their ends.
void begin_at_ends(connected_client& client, const std::string& identifier, bool may_repeat,
                   const std::vector<subscriptions::held_stream>& held) {
  for (const auto& each : held)
    if (const auto& answer = *each.answer->answer; answer.missed != nullptr || (may_repeat && answer.at.epoch != 0))
      client.subscriptions.note_beginning(identifier, *each.stream, answer.at);
}

}  // namespace

std::shared_ptr<replay_room> room_for_missed(const connected_client& client, const history_request* asked,
                                             const std::vector<subscriptions::held_stream>& held) {
  if (asked == nullptr)
    return nullptr;
  const auto room = room_of(client);
  return std::make_shared<replay_room>(room - std::min(room, bytes_of(held)));
}

void tell_beginning(connected_client& client, const subscriptions::entry& of, std::uint32_t tag,
                    std::optional<bool> completes, const std::vector<subscriptions::held_stream>& held) {
  if (!client.subscriptions.format().has_positions())
    return;
  std::vector<reply::beginning::stream> streams;
  for (const auto& each : of.streams) {
    if (each.epoch == 0)
      continue;
    const auto answer = std::ranges::find(held, each.stream, &subscriptions::held_stream::stream);
    streams.push_back(
        {{each.epoch, each.began}, answer == held.end() ? each.began : answer->answer->answer->at.offset});
  }
  client.session->tell(reply::beginning{of.identifier, tag, completes, streams});
}

void send_history(connected_client& client, const std::string& identifier, std::uint32_t tag,
                  const history_request& asked, const std::vector<subscriptions::held_stream>& held) {
  const bool is_complete = is_complete_answer(client, asked, held);
  if (!is_complete)
    begin_at_ends(client, identifier, asked.may_repeat, held);
  if (const auto* const of = client.subscriptions.find(identifier))
    tell_beginning(client, *of, tag, is_complete, held);
  std::vector<reply::known_stream> positions;
  for (const auto& [stream, actor, answer] : held) {
    const auto& [outcome, at, missed] = *answer->answer;
    if (!is_complete || outcome != history_outcome::answered)
      continue;
    if (missed != nullptr) {
      client.home->counters.deliveries.add(missed->count);
      client.home->counters.history_replayed.add(missed->count);
      client.send(*missed);
    }
    positions.push_back({*stream, at});
  }
  client.session->tell(reply::history{identifier, is_complete, positions});
  for (const auto& [stream, actor, answer] : held)
    if (answer->hold != 0)
      caf::anon_send(actor, release_held{answer->hold});
}

void tell_history_lost(connected_client& client, const std::string& stream) {
  if (client.phase != connection_phase::open)
    return;
  for (const auto& each : client.subscriptions)
    if (std::ranges::any_of(each.streams, [&](const auto& followed) { return *followed.stream == stream; }))
      client.session->tell(reply::history{.identifier = each.identifier, .confirmed = false, .is_unasked = true});
}

void exchange_history(connected_client& client, const std::string& identifier, std::uint32_t tag,
                      std::shared_ptr<const history_request> asked, std::vector<subscriptions::held_stream> answers,
                      std::function<void()> then) {
  std::make_shared<exchange>(client, identifier, tag, std::move(asked), std::move(answers), std::move(then))->go_on();
}

}  // namespace ability
