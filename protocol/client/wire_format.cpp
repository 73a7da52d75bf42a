#include "protocol/client/wire_format.hpp"

#include <charconv>

#include "protocol/action_cable/messages.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

namespace {

// Below this a compressed frame is hardly shorter, and costs every client the time to inflate it.
constexpr std::size_t least_worth_deflating = 64;

void append_fly(std::string& out, encoding how, std::string_view wire_name, const broadcast& message) {
  fly::packet wanted{.type = fly::subtype::mq, .buffer = message.data};
  std::from_chars(wire_name.data(), wire_name.data() + wire_name.size(), wanted.command);
  std::string why;
  if (too_long_for(how, message.data)) {
    why = fly::too_long_notice(message.data.size(), fly::max_buffer);
    wanted.options = fly::mq_option::reject;
    wanted.buffer = why;
  }
  if (how == encoding::fly_websocket)
    append_frame_header(out, opcode::binary, fly::size_of(wanted), false);
  append_packet(out, wanted);
}

}  // namespace

std::string wire_name(encoding how, const std::string& identifier, std::uint16_t alias) {
  return uses_aliases(how) ? std::to_string(alias) : identifier;
}

bool too_long_for(encoding how, std::string_view data) noexcept {
  return uses_aliases(how) && data.size() > fly::max_buffer;
}

void append_encoded(std::string& out, encoding how, std::string_view wire_name, const broadcast& message) {
  if (uses_aliases(how)) {
    append_fly(out, how, wire_name, message);
    return;
  }
  thread_local std::string payload;  // one allocation per thread, not per broadcast
  payload.clear();
  append_broadcast(payload, wire_name, message.data, message.data_is_json, message.broadcast_type);
  if (how == encoding::action_cable_json_deflated && payload.size() >= least_worth_deflating) {
    thread_local message_deflater deflater;
    const auto deflated = deflater.deflate(payload);
    if (deflated.size() < payload.size()) {
      append_frame_header(out, opcode::text, deflated.size(), true);
      out += deflated;
      return;
    }
  }
  append_text_frame(out, payload);
}

}  // namespace ability
