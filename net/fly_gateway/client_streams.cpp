#include "net/fly_gateway/client_streams.hpp"

#include <string>
#include <utility>
#include <variant>

#include "protocol/fly/stream_request.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace mq = fly::mq_option;

namespace {

constexpr std::string_view refused_by_application = "the application refused it";

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
  auto identifier = fly::identifier_of(what.buffer);
  if (!identifier) {
    drop(said, identifier.error().detail, of);
  } else if (const auto conflict = aliases_.add(what.command, what.sequence, *identifier)) {
    drop(said, *conflict, of);
  } else {
    said.identifier = std::move(*identifier);
    of.command(std::move(said));
  }
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
    if (message->data.size() > fly::max_buffer) {
      const auto why = fly::too_long_notice(message->data.size(), fly::max_buffer);
      of.send_packet({.type = fly::subtype::mq, .options = mq::reject, .command = by->alias, .buffer = why});
      return delivery::too_long;
    }
    of.send_packet({.type = fly::subtype::mq, .command = by->alias, .buffer = message->data});
  } else {
    return delivery::meaningless;
  }
  return delivery::handled;
}

void client_streams::confirm(const subscription* which, stream_host& of) {
  if (which == nullptr)
    return;
  of.send_packet(
      {.type = fly::subtype::mq, .options = mq::confirm, .command = which->alias, .sequence = which->sequence});
  aliases_.confirm(*which);
}

void client_streams::reject(const subscription* which, std::string_view why, stream_host& of) {
  if (which == nullptr)
    return;
  of.send_packet({.type = fly::subtype::mq,
                  .options = mq::reject,
                  .command = which->alias,
                  .sequence = which->sequence,
                  .buffer = why});
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
    reject(tag, refused_by_application, of);
}

void client_streams::drop(const client_command& said, std::string_view why, stream_host& of) {
  of.send_packet({.type = fly::subtype::mq,
                  .options = mq::reject,
                  .command = fly::alias_of(said.tag),
                  .sequence = fly::sequence_of(said.tag),
                  .buffer = why});
}

}  // namespace ability
