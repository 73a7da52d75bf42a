#include "protocol/basp/basp_filter.hpp"

#include <algorithm>
#include <string>

#include "protocol/basp/basp_message.hpp"
#include "protocol/basp/basp_rules.hpp"

namespace ability {

namespace {

using basp::id_size;
using basp::message_head;
using basp::monitor_size;
using basp::operation;
using basp::wrong;

// Beginning of a CAF node id of the default kind: the atom "default".
constexpr std::string_view usual_kind{"\x00\x00\x3e\x9a\xab\x9b\xac\x79", 8};

// Requests that await the peer's answer; beyond, the oldest is forgotten.
constexpr std::size_t max_questions = 256;

fault wrong_ids(const message_head& head) {
  return {errc::wrong_type, basp::describe(head.operation) + " has other node ids than the first handshakes"};
}

std::string_view view(const basp_node_id& id) noexcept { return {id.data(), id.size()}; }

bool is_handshake(const message_head& head) noexcept {
  return head.operation == operation::server_handshake || head.operation == operation::client_handshake;
}

/// The handshake of the dialling or of the accepting end.
operation handshake_of(bool dialler) noexcept {
  return dialler ? operation::client_handshake : operation::server_handshake;
}

}  // namespace

basp_filter::basp_filter(side which, const basp_node_id& stand_in, std::size_t max_payload)
    : side_{which}, stand_in_{stand_in}, max_payload_{max_payload} {}

void basp_filter::admit(std::uint64_t actor) {
  if (!admitted(actor))
    admitted_.push_back(actor);
}

bool basp_filter::admitted(std::uint64_t actor) const noexcept {
  return std::ranges::find(admitted_, actor) != admitted_.end();
}

// Inspects a message in place if it arrives in one piece; otherwise copies its beginning to `front`.
template <class Wanted, class Decide>
result<void> basp_filter::take(way& where, std::string_view bytes, std::string& out, Wanted wanted, Decide decide) {
  const auto gather = [&](std::size_t size) {
    if (where.front.empty() && bytes.size() >= size)
      return true;
    if (where.front.size() < size) {
      const auto more = bytes.substr(0, size - where.front.size());
      where.front += more;
      bytes.remove_prefix(more.size());
    }
    return where.front.size() >= size;
  };
  const auto gathered = [&]() { return where.front.empty() ? bytes : std::string_view{where.front}; };
  for (;;) {
    const auto rest = bytes.substr(0, where.left);
    if (where.passes)
      out += rest;
    where.left -= rest.size();
    bytes.remove_prefix(rest.size());
    if (bytes.empty() || !gather(basp_header_size))
      return {};
    const auto head = basp::read_head(gathered());
    const auto more = wanted(head);
    if (!more)
      return more.error();
    const auto size = basp_header_size + *more;
    if (!gather(size))
      return {};
    const auto passes = decide(head, gathered().substr(0, size), out);
    if (!passes)
      return passes.error();
    if (where.front.empty())
      bytes.remove_prefix(size);
    where.front.clear();
    where.left = head.payload_size - *more;
    where.passes = *passes;
  }
}

result<void> basp_filter::take_inbound(std::string_view bytes, std::string& out) {
  return take(
      inbound_, bytes, out, [this](const message_head& head) { return wanted_inbound(head); },
      [this](const message_head& head, std::string_view front, std::string& to) {
        return decide_inbound(head, front, to);
      });
}

result<void> basp_filter::take_outbound(std::string_view bytes, std::string& out) {
  return take(
      outbound_, bytes, out, [this](const message_head& head) { return wanted_outbound(head); },
      [this](const message_head& head, std::string_view front, std::string& to) {
        return decide_outbound(head, front, to);
      });
}

// -- inbound

result<std::size_t> basp_filter::wanted_inbound(const message_head& head) const {
  if (head.padded)
    return wrong(head, "is padded with something");
  const bool repeated = is_handshake(head) && saw_inbound_handshake_;
  const bool dialled = side_ == side::accepted;
  if (is_handshake(head) && (head.operation != handshake_of(dialled) || (repeated && !dialled)))
    return wrong(head, "is out of place");
  if (!is_handshake(head) && !established())
    return wrong(head, "comes before the handshakes");
  return basp::check_inbound(head, repeated, max_payload_);
}

result<bool> basp_filter::decide_inbound(const message_head& head, std::string_view front, std::string& out) {
  switch (head.operation) {
    case operation::server_handshake:
    case operation::client_handshake:
      return pass_handshake(head, front, out);
    case operation::direct_message:
      return pass_message(head, front, out);
    case operation::monitor_message:
    case operation::down_message:
      return pass_monitor_or_down(head, front, out);
    case operation::heartbeat:
      out += front;
      return true;
    default:
      // A routed message: CAF sends one when a peer's actor links to one of ours.
      return drop();
  }
}

result<bool> basp_filter::pass_handshake(const message_head& head, std::string_view front, std::string& out) {
  const auto id = front.substr(basp_header_size, id_size);
  if (!id.starts_with(usual_kind))
    return wrong(head, "has a node id of another kind than the usual");
  if (saw_inbound_handshake_ && id != view(peer_))
    return wrong_ids(head);
  std::ranges::copy(id, peer_.begin());
  saw_inbound_handshake_ = true;
  out.append(front.substr(0, basp_header_size))
      .append(view(stand_in_))
      .append(front.substr(basp_header_size + id_size));
  return true;
}

result<bool> basp_filter::pass_monitor_or_down(const message_head& head, std::string_view front, std::string& out) {
  const auto ids = front.substr(basp_header_size, monitor_size);
  if (ids.substr(0, id_size) != view(peer_) || ids.substr(id_size) != view(own_))
    return wrong_ids(head);
  const bool down = head.operation == operation::down_message;
  if (!down && !admitted(head.dest_actor))
    return drop();
  const auto at = out.size();
  out.append(front.substr(0, basp_header_size)).append(view(stand_in_)).append(view(own_));
  if (down) {
    std::erase(sources_, head.source_actor);
    out.append(front.substr(basp_header_size + monitor_size)).append(basp::nothing);
    basp::write_payload_size(out, at, out.size() - at - basp_header_size);
  }
  return false;
}

bool basp_filter::pass_message(const message_head& head, std::string_view front, std::string& out) {
  if ((head.flags & basp::named_receiver) != 0)
    return false;  // every stock CAF node asks for our spawn server
  const bool answer = basp::is_answer(head.data);
  const auto payload = front.substr(basp_header_size);
  const auto look = basp::look_at(payload);
  // An error that is not an answer would end the actor.
  const bool fits = look.content == basp::content::texts || (answer && look.content == basp::content::error);
  if (!admitted(head.dest_actor) || basp::is_of_stream(head.data) || (!fits && !answer) ||
      (answer && !was_asked({head.dest_actor, head.data})) || !knows_source(head.source_actor))
    return drop();
  ++messages_in_;
  if (look.content == basp::content::texts) {
    out += front;
    return true;
  }
  const auto at = out.size();
  out += front.substr(0, basp_header_size);
  if (look.content == basp::content::error)
    out += payload.substr(0, look.size + basp::error_size);
  else
    out += '\0';  // stages
  out += basp::nothing;
  basp::write_payload_size(out, at, out.size() - at - basp_header_size);
  return false;
}

bool basp_filter::drop() {
  ++dropped_;
  return false;
}

bool basp_filter::was_asked(const question& what) {
  const auto found = std::ranges::find(questions_, what);
  if (found == questions_.end())
    return false;
  questions_.erase(found);
  return true;
}

bool basp_filter::knows_source(std::uint64_t actor) {
  if (actor == 0 || std::find(sources_.rbegin(), sources_.rend(), actor) != sources_.rend())
    return true;
  if (sources_.size() == max_basp_sources)
    return false;
  sources_.push_back(actor);
  return true;
}

// -- outbound

result<std::size_t> basp_filter::wanted_outbound(const message_head& head) const {
  if (is_handshake(head)) {
    const bool dialler = side_ == side::dialled;
    if (head.operation != handshake_of(dialler) || (saw_outbound_handshake_ && !dialler) || head.payload_size < id_size)
      return wrong(head, "of this node is out of place");
    return id_size;
  }
  if (!established())
    return wrong(head, "of this node comes before the handshakes");
  switch (head.operation) {
    case operation::direct_message:
    case operation::routed_message:
    case operation::heartbeat:
      return 0;
    case operation::monitor_message:
    case operation::down_message:
      if (head.payload_size < monitor_size)
        return wrong(head, "of this node is of another form");
      return monitor_size;
    default:
      return wrong(head, "of this node is none");
  }
}

result<bool> basp_filter::decide_outbound(const message_head& head, std::string_view front, std::string& out) {
  const auto ids = front.substr(basp_header_size);
  switch (head.operation) {
    case operation::routed_message:
      return false;
    case operation::direct_message:
      if ((head.flags & basp::named_receiver) != 0)
        return false;
      if (basp::is_request(head.data)) {
        if (questions_.size() == max_questions)
          questions_.erase(questions_.begin());
        questions_.push_back({head.source_actor, head.data | basp::answer_bit});
      }
      break;
    case operation::monitor_message:
    case operation::down_message:
      if (ids.substr(0, id_size) != view(own_) || ids.substr(id_size) != view(stand_in_))
        return wrong_ids(head);
      out.append(front.substr(0, basp_header_size + id_size)).append(view(peer_));
      return true;
    case operation::heartbeat:
      break;
    default:  // a handshake
      if (saw_outbound_handshake_ && ids != view(own_))
        return wrong_ids(head);
      std::ranges::copy(ids, own_.begin());
      saw_outbound_handshake_ = true;
  }
  out += front;
  return true;
}

}  // namespace ability
