#include "protocol/fly/formats.hpp"

#include <charconv>
#include <string>

#include "protocol/fly/packet.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability::fly {

namespace {

class mq_format final : public wire_format {
public:
  explicit mq_format(bool in_websocket_frames) noexcept
      : wire_format{{.reuses_keys = true}}, in_websocket_frames_{in_websocket_frames} {}

  // The alias in decimal.
  std::string key(std::string_view, std::uint32_t tag) const override { return std::to_string(alias_of(tag)); }

  bool append(std::string& out, std::string_view key, const broadcast& message,
              const std::optional<stream_position>&) const override {
    packet wanted{.type = subtype::mq, .buffer = message.data};
    std::from_chars(key.data(), key.data() + key.size(), wanted.command);
    const bool fits = message.data.size() <= max_buffer;
    std::string why;
    if (!fits) {
      why = too_long_notice(message.data.size(), max_buffer);
      wanted.options = mq_option::reject;
      wanted.buffer = why;
    }
    if (in_websocket_frames_)
      append_frame_header(out, opcode::binary, size_of(wanted), false);
    append_packet(out, wanted);
    return fits;
  }

private:
  bool in_websocket_frames_;
};

}  // namespace

const wire_format& packet_format() noexcept {
  static const mq_format one{false};
  return one;
}

const wire_format& websocket_format() noexcept {
  static const mq_format one{true};
  return one;
}

}  // namespace ability::fly
