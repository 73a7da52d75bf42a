#include "net/fly_gateway/client_streams.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "protocol/fly/positions.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace mq = fly::mq_option;

namespace {

constexpr std::string_view refused_by_application = "the application refused it";

// Sends a message or a Reject, ahead of which a client with positions expects one.
void send_unnumbered(fly::packet what, stream_host& of) {
  if (!of.terms().positions) {
    of.send_packet(what);
    return;
  }
  std::string buffer;
  fly::append_position(buffer, std::nullopt);
  buffer += what.buffer;
  what.buffer = buffer;
  of.send_packet(what);
}

void send_reject(std::uint32_t tag, std::string_view why, stream_host& of) {
  send_unnumbered({.type = fly::subtype::mq,
                   .options = mq::reject,
                   .command = fly::alias_of(tag),
                   .sequence = fly::sequence_of(tag),
                   .buffer = why},
                  of);
}

}  // namespace

// -- packets of the client ---

void client_streams::receive(const fly::packet& what, stream_host& of) {
  switch (what.options & (mq::subscribe | mq::unsubscribe | mq::confirm | mq::reject)) {
    case mq::subscribe:
      subscribe(what, of);
      return;
    case mq::unsubscribe:
      unsubscribe(what, of);
      return;
    case 0:
      publish(what, of);
      return;
    default:
      of.malformed("an MQ packet with options that clients do not send together");
  }
}

void client_streams::subscribe(const fly::packet& what, stream_host& of) {
  client_command said{.type = command_type::subscribe, .tag = fly::tag_of(what.command, what.sequence)};
  const auto on = of.terms();
  auto wanted = fly::read_stream_request(what.buffer);
  if (!wanted) {
    drop(said, wanted.error().detail, of);
    return;
  }
  if (wanted->since && !on.positions) {
    drop(said, R"("since" needs "positions" in the Helo)", of);
    return;
  }
  if (on.positions && wanted->is_wrapped && aliases_.has(what.command, wanted->identifier)) {
    said.type = command_type::history;
    if (!wanted->since)
      wanted->since = history_request{.is_valid = true};
  } else if (const auto conflict = aliases_.add(what.command, what.sequence, wanted->identifier)) {
    drop(said, *conflict, of);
    return;
  }
  if (wanted->since) {
    wanted->since->may_repeat = on.loses_messages;
    said.history = std::make_shared<const history_request>(std::move(*wanted->since));
  }
  said.identifier = std::move(wanted->identifier);
  of.command(std::move(said));
}

void client_streams::unsubscribe(const fly::packet& what, stream_host& of) {
  auto identifier = aliases_.leave(what.command);
  if (!identifier) {
    of.malformed("unknown alias");
    return;
  }
  of.command({.type = command_type::unsubscribe,
              .identifier = std::move(*identifier),
              .tag = fly::tag_of(what.command, what.sequence)});
}

void client_streams::publish(const fly::packet& what, stream_host& of) {
  client_command said{.type = command_type::whisper, .tag = fly::tag_of(what.command, what.sequence)};
  const auto* to = aliases_.find(what.command);
  if (to == nullptr) {
    if (what.command != 0 || !what.buffer.empty())  // else perhaps zeros of a peer that is out of step
      drop(said, "not subscribed", of);
    of.malformed("a message to an unknown alias");
    return;
  }
  said.identifier = to->identifier;
  const auto content = what.has(mq::compressed) ? text_content::plain : content_of(what.buffer);
  said.data_is_json = content == text_content::json;
  const auto why = what.has(mq::compressed)                                  ? "compression was not agreed"
                   : content == text_content::nested_too_deep                ? text_too_deep
                   : content == text_content::plain && !is_utf8(what.buffer) ? "a message is UTF-8"
                                                                             : std::string_view{};
  if (!why.empty()) {
    drop(said, why, of);
    of.malformed(why);
    return;
  }
  said.data = what.buffer;
  of.command(std::move(said));
}

// -- replies of the actor ---

client_streams::delivery client_streams::transmit(std::string_view text, stream_host& of) {
  auto said = fly::translate(text);
  if (const auto* confirmed = std::get_if<fly::confirmation>(&said)) {
    confirm(aliases_.first_unanswered(confirmed->identifier), of);
  } else if (const auto* rejected = std::get_if<fly::rejection>(&said)) {
    reject_transmitted(rejected->identifier, of);
  } else if (const auto* message = std::get_if<fly::channel_message>(&said)) {
    const auto* by = aliases_.find(message->identifier);
    if (by == nullptr)
      return delivery::handled;
    const auto most = of.terms().positions ? fly::max_positioned_data : fly::max_buffer;
    if (message->data.size() > most) {
      send_reject(fly::tag_of(by->alias, 0), fly::too_long_notice(message->data.size(), most), of);
      return delivery::too_long;
    }
    send_unnumbered({.type = fly::subtype::mq, .command = by->alias, .buffer = message->data}, of);
  } else {
    return delivery::meaningless;
  }
  return delivery::handled;
}

// A client with positions is told by `begin`, which follows.
void client_streams::confirm(const subscription* which, stream_host& of) {
  if (which == nullptr || of.terms().positions)
    return;
  of.send_packet(
      {.type = fly::subtype::mq, .options = mq::confirm, .command = which->alias, .sequence = which->sequence});
  aliases_.confirm(*which);
}

void client_streams::begin(const reply::beginning& where, stream_host& of) {
  const auto* const which = aliases_.unanswered(where.tag);
  const auto alias = fly::alias_of(where.tag);
  if (which == nullptr && !aliases_.has(alias, where.identifier))
    return;
  fly::beginning told{.completes = where.completes};
  for (const auto& each : where.streams)
    told.positions.push_back({each.at, each.last});
  auto buffer = encode_beginning(told);
  if (buffer.size() > of.terms().max_buffer)
    buffer = encode_beginning(fly::beginning{.completes = where.completes});
  of.send_packet({.type = fly::subtype::mq,
                  .options = mq::confirm,
                  .command = alias,
                  .sequence = fly::sequence_of(where.tag),
                  .buffer = buffer});
  if (which != nullptr)
    aliases_.confirm(*which);
}

// A subscription that was answered before is one of an earlier session that cannot go on.
void client_streams::reject(std::uint32_t tag, std::string_view why, stream_host& of) {
  if (const auto* const which = aliases_.unanswered(tag)) {
    reject(which, why, of);
  } else if (const auto* const former = aliases_.find(fly::alias_of(tag)); former != nullptr && former->answered) {
    send_reject(tag, why, of);
    aliases_.remove(*former);
  }
}

void client_streams::reject(const subscription* which, std::string_view why, stream_host& of) {
  if (which == nullptr)
    return;
  send_reject(which->tag(), why, of);
  auto old = aliases_.remove(*which);
  // The alias is free from now on, so that the actor must not follow the old streams any longer.
  if (old.answered)
    of.command({.type = command_type::unsubscribe, .identifier = std::move(old.identifier), .tag = old.tag()});
}

// The application's own words name no command: they mean the first unanswered one, as commands are answered in order,
// or revoke a confirmed subscription.
void client_streams::reject_transmitted(std::string_view identifier, stream_host& of) {
  const auto* first = aliases_.first_unanswered(identifier);
  reject(first == nullptr ? aliases_.find(identifier) : first, refused_by_application, of);
}

void client_streams::settle(std::uint32_t tag, bool subscribed, stream_host& of) {
  if (subscribed)
    confirm(tag, of);
  else
    reject(aliases_.unanswered(tag), refused_by_application, of);
}

// A join is not the client's, but that of an earlier session of it, and has no alias.
void client_streams::drop(const client_command& said, std::string_view why, stream_host& of) {
  if (said.type == command_type::join)
    return;
  send_reject(said.tag, why, of);
}

// -- sessions ---

std::vector<std::uint16_t> client_streams::restore(const std::vector<reply::restored_subscription>& all) {
  std::vector<std::uint16_t> aliases;
  for (const auto& each : all) {
    aliases_.restore(each.tag, each.identifier);
    aliases.push_back(fly::alias_of(each.tag));
  }
  return aliases;
}

void client_streams::abandon(std::uint16_t alias, stream_host& of) {
  if (auto identifier = aliases_.leave(alias))
    of.command({.type = command_type::unsubscribe, .identifier = std::move(*identifier)});
}

}  // namespace ability
