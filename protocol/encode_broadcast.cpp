#include "protocol/encode_broadcast.hpp"

#include "protocol/action_cable.hpp"
#include "protocol/deflate.hpp"
#include "protocol/websocket_frame.hpp"

namespace ability {

namespace {

// Below this a compressed frame is hardly shorter, and costs every client the time to inflate it.
constexpr std::size_t least_worth_deflating = 64;

}  // namespace

void append_encoded(std::string& out, encoding how, std::string_view identifier, const broadcast& message) {
  thread_local std::string payload;  // one allocation per thread, not per broadcast
  payload.clear();
  append_broadcast(payload, identifier, message.data, message.data_is_json, message.broadcast_type);
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
