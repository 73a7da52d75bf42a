#include "apps/load/links/action_cable_link.hpp"

#include <utility>

#include "protocol/action_cable/messages.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"

namespace ability::load {

namespace {

constexpr std::size_t max_queued = 65'536;  // bytes; beyond, pings are not answered

// The position of a message as a later request for history names it; empty if it has none.
std::string position_of(std::string_view text) {
  json_field stream{"stream_id"};
  json_field epoch{"epoch"};
  json_field offset{"offset"};
  json_field* const fields[] = {&stream, &epoch, &offset};
  if (!read_object(text, "a message", fields) || offset.kind != json_kind::number)
    return {};
  std::string out;
  out.append("{").append(stream.raw).append(R"(:{"epoch":)").append(epoch.raw).append(R"(,"offset":)");
  return out.append(offset.raw).append("}}");
}

}  // namespace

action_cable_link::action_cable_link(lane_parts& parts, const route& how, const cable_request& request,
                                     link_callback told)
    : parts_{parts},
      request_{request},
      told_{std::make_shared<const link_callback>(std::move(told))},
      socket_{parts.watch, *this} {
  limit_ = parts_.timers.call_at(monotonic_ns() + patience_ns, [this] { on_broken("timed out"); });
  socket_.connect(how);
}

// -- sending ---

void action_cable_link::subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                                  const std::string& resume_from) {
  if (state_ != state::in)
    return;
  subscriptions_.add(subscription, cable_identifier(stream, channel));
  send_command("subscribe", subscriptions_.quoted(subscription),
               resume_from.empty() ? "" : R"(,"history":{"streams":)" + resume_from + '}');
}

void action_cable_link::perform(std::uint32_t subscription, std::string_view data) {
  const auto identifier = subscriptions_.quoted(subscription);
  if (state_ != state::in || identifier.empty())
    return;
  std::string rest = R"(,"data":)";
  append_json_string(rest, data);
  send_command("message", identifier, rest);
}

void action_cable_link::send_command(std::string_view command, std::string_view quoted_identifier,
                                     std::string_view rest) {
  std::string out = R"({"command":")";
  out.append(command).append(R"(","identifier":)").append(quoted_identifier).append(rest).append("}");
  send(opcode::text, out);
}

void action_cable_link::send(opcode type, std::string_view payload) {
  std::string frame;
  append_masked_frame(frame, type, payload);
  socket_.write(frame);
}

void action_cable_link::close() {
  if (state_ == state::handshake_message || state_ == state::in) {
    send(opcode::close, "\x03\xe8");  // status 1000
    socket_.leave(parts_.leaving);
  } else {
    socket_.drop();
  }
  state_ = state::closed;
  limit_ = nullptr;
}

// -- receiving ---

void action_cable_link::on_open() {
  state_ = state::upgrading;
  socket_.write(request_.text);
}

void action_cable_link::on_input(std::string_view bytes) {
  link_news news{.at_ns = monotonic_ns(), .bytes = untold_bytes_ + bytes.size(), .events = {}, .arrivals = {}};
  news_ = &news;
  if (state_ == state::upgrading)
    bytes = take_answer(bytes);
  if (state_ == state::handshake_message || state_ == state::in)
    take_frames(bytes);
  news_ = nullptr;
  untold_bytes_ = news.bytes;
  if (news.events.empty() && news.arrivals.empty())
    return;
  untold_bytes_ = 0;
  const auto told = told_;  // keeps the callback alive: it may destroy this
  (*told)(std::move(news));
}

void action_cable_link::on_broken(const std::string& why) {
  link_news news{.at_ns = monotonic_ns(), .bytes = untold_bytes_, .events = {}, .arrivals = {}};
  news_ = &news;
  end(why);
  news_ = nullptr;
  const auto told = told_;
  (*told)(std::move(news));
}

void action_cable_link::end(std::string why) {
  socket_.drop();
  state_ = state::closed;
  limit_ = nullptr;
  news_->events.push_back({link_event::kind::closed, 0, std::move(why)});
}

// Handles the handshake's response; returns the bytes after it.
std::string_view action_cable_link::take_answer(std::string_view bytes) {
  const auto before = head_.size();
  head_ += bytes.substr(0, max_answer_head + 1 - before);
  const auto last = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (last == std::string::npos) {
    if (!looks_like_http(head_) || head_.size() > max_answer_head)
      end("not a WebSocket answer");
    return {};
  }
  const auto size = last + 4;
  auto why = why_not_upgraded(std::string_view{head_}.substr(0, size), request_.subprotocol);
  head_ = {};
  if (!why.empty()) {
    end(std::move(why));
    return {};
  }
  state_ = state::handshake_message;
  return bytes.substr(size - before);
}

void action_cable_link::take_frames(std::string_view bytes) {
  const auto wrong = reader_.feed(bytes, [this](opcode type, std::string_view payload) { return take(type, payload); });
  if (!wrong.empty() && state_ != state::closed)
    end("garbage: " + std::string{wrong});
}

bool action_cable_link::take(opcode type, std::string_view payload) {
  switch (type) {
    case opcode::text:
      return take_text(payload);
    case opcode::ping:
      if (socket_.queued() < max_queued)
        send(opcode::pong, payload);
      return true;
    case opcode::close:
      take_close(payload);
      return false;
    case opcode::binary:
      end("garbage: a binary message");
      return false;
    default:
      return true;
  }
}

void action_cable_link::take_close(std::string_view payload) {
  int code = 1005;  // no status given
  if (payload.size() >= 2)
    code = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  send(opcode::close, payload.substr(0, 2));
  socket_.leave(parts_.leaving);
  end("closed: " + std::to_string(code));
}

// False: the link is closed.
bool action_cable_link::take_text(std::string_view text) {
  if (const auto mark = find_stamp(text, parts_.run)) {
    take_message(text, mark);
    return true;
  }
  return text.starts_with(R"({"type":"ping")") || take_word(text);
}

void action_cable_link::take_message(std::string_view text, const std::optional<stamp>& mark) {
  auto& arrived = news_->arrivals.emplace_back();
  arrived.subscription = subscriptions_.of_message(text);
  arrived.stamped = mark.has_value();
  if (mark)
    arrived.mark = *mark;
  if (want_texts_)
    arrived.text = text;
  if (request_.subprotocol == subprotocol_ext_json)
    arrived.position = position_of(text);
}

bool action_cable_link::take_word(std::string_view text) {
  json_field type{"type"};
  json_field identifier{"identifier"};
  json_field reason{"reason"};
  json_field message{"message"};
  json_field* const fields[] = {&type, &identifier, &reason, &message};
  if (!read_object(text, "a message", fields)) {
    end("garbage: a message that is no JSON object");
    return false;
  }
  if (type.text == "disconnect") {
    socket_.leave(parts_.leaving);
    end("disconnect: " + short_reason(reason.text));
    return false;
  }
  if (type.text == "welcome" && state_ == state::handshake_message) {
    state_ = state::in;
    limit_ = nullptr;
    news_->events.push_back({link_event::kind::opened, 0, {}});
  } else if (type.text == "confirm_subscription" || type.text == "reject_subscription") {
    const bool confirmed = type.text.starts_with('c');
    if (const auto number = subscriptions_.find(identifier.text); number != 0)
      news_->events.push_back({confirmed ? link_event::kind::confirmed : link_event::kind::rejected, number,
                               confirmed ? std::string{} : "rejected"});
  } else if (type.text == "confirm_history" || type.text == "reject_history") {
    const bool confirmed = type.text.starts_with('c');
    if (const auto number = subscriptions_.find(identifier.text); number != 0)
      news_->events.push_back({confirmed ? link_event::kind::resumed : link_event::kind::resume_refused, number, {}});
  } else if (identifier.kind == json_kind::string && message.kind != json_kind::absent) {
    take_message(text, std::nullopt);
  }
  return true;
}

}  // namespace ability::load
