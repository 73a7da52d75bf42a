#include "protocol/action_cable/formats.hpp"

#include <array>
#include <cstddef>

#include "protocol/action_cable/messages.hpp"
#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

namespace {

// Bytes below which a compressed frame is hardly shorter, but costs every client the time to inflate it.
constexpr std::size_t least_worth_deflating = 64;

class json_format final : public wire_format {
public:
  explicit json_format(action_cable_variant which) noexcept
      : wire_format{{.compresses = which.deflated, .positions = which.positions}} {}

  std::string key(std::string_view identifier, std::uint32_t) const override { return std::string{identifier}; }

  bool append(std::string& out, std::string_view key, const broadcast& message,
              const std::optional<stream_position>& at) const override {
    thread_local std::string payload;  // one allocation per thread, not per broadcast
    payload.clear();
    append_broadcast(payload, key, message.data, message.data_is_json, message.broadcast_type);
    if (has_positions() && at)
      append_position(payload, message.stream, *at);
    if (!compresses() || payload.size() < least_worth_deflating || !append_deflated(out, payload))
      append_text_frame(out, payload);
    return true;
  }

private:
  // False if the payload would not become shorter.
  static bool append_deflated(std::string& out, const std::string& payload) {
    thread_local message_deflater deflater;
    const auto deflated = deflater.deflate(payload);
    if (deflated.size() >= payload.size())
      return false;
    append_frame_header(out, opcode::text, deflated.size(), true);
    out += deflated;
    return true;
  }
};

}  // namespace

const wire_format& action_cable_json(action_cable_variant which) noexcept {
  static const std::array<json_format, 4> all{
      json_format{{.deflated = false, .positions = false}}, json_format{{.deflated = true, .positions = false}},
      json_format{{.deflated = false, .positions = true}}, json_format{{.deflated = true, .positions = true}}};
  return all[(which.deflated ? 1 : 0) + (which.positions ? 2 : 0)];
}

}  // namespace ability
