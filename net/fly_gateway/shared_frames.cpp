#include "net/fly_gateway/shared_frames.hpp"

#include "protocol/fly/packet.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

shared_frames::shared_frames(std::string_view bytes) : bytes_{bytes} {
  std::uint64_t count = 0;
  while (!bytes.empty()) {
    const auto next = fly::first_packet(bytes);
    if (!next || (next->type != fly::subtype::rpc && next->type != fly::subtype::ping) || looks_legacy(*next))
      return;
    bytes.remove_prefix(fly::size_of(*next));
    ++count;
  }
  count_ = count;
}

const frames_ptr& shared_frames::as(client_transport::framing how) {
  const bool plain = how == client_transport::framing::none;
  auto& wanted = plain ? plain_ : websocket_;
  if (wanted != nullptr)
    return wanted;
  auto made = std::make_shared<std::string>();
  if (plain) {
    *made = bytes_;
  } else {
    auto rest = bytes_;
    while (const auto next = fly::first_packet(rest)) {
      const auto packet = rest.substr(0, size_of(*next));
      append_frame_header(*made, opcode::binary, packet.size());
      *made += packet;
      rest.remove_prefix(packet.size());
    }
  }
  return wanted = std::move(made);
}

}  // namespace ability
