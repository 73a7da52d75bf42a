#include "protocol/fly/formats.hpp"

#include <charconv>
#include <string>

#include "protocol/fly/packet.hpp"
#include "protocol/fly/positions.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability::fly {

namespace {

class mq_format final : public wire_format {
public:
  mq_format(bool in_websocket_frames, bool positions) noexcept
      : wire_format{{.reuses_keys = true, .positions = positions}}, in_websocket_frames_{in_websocket_frames} {}

  // The alias in decimal.
  std::string key(std::string_view, std::uint32_t tag) const override { return std::to_string(alias_of(tag)); }

  bool append(std::string& out, std::string_view key, const broadcast& message,
              const std::optional<stream_position>& at) const override {
    const auto most = max_buffer - lead();
    const auto size = message.data.size();
    if (size <= most)
      append(out, 0, key, at, message.data);
    else
      append(out, mq_option::reject, key, at, too_long_notice(size, most));
    return size <= most;
  }

  void append_withheld(std::string& out, std::string_view key, const stream_position& at) const override {
    if (has_positions())
      append(out, mq_option::reject, key, at, "a message for others");
  }

private:
  std::size_t lead() const noexcept { return has_positions() ? position_size : 0; }

  void append(std::string& out, std::uint8_t options, std::string_view key, const std::optional<stream_position>& at,
              std::string_view data) const {
    packet wanted{.type = subtype::mq, .options = options};
    std::from_chars(key.data(), key.data() + key.size(), wanted.command);
    const auto size = lead() + data.size();
    if (in_websocket_frames_)
      append_frame_header(out, opcode::binary, header_size + size, false);
    append_header(out, wanted, size);
    if (has_positions())
      append_position(out, at);
    out += data;
  }

  bool in_websocket_frames_;
};

}  // namespace

const wire_format& packet_format(bool positions) noexcept {
  static const mq_format plain{false, false};
  static const mq_format positioned{false, true};
  return positions ? positioned : plain;
}

const wire_format& websocket_format(bool positions) noexcept {
  static const mq_format plain{true, false};
  static const mq_format positioned{true, true};
  return positions ? positioned : plain;
}

}  // namespace ability::fly
