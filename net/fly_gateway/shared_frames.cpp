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

const frames_ptr& shared_frames::as(encoding how) {
  auto& wanted = how == encoding::fly_websocket ? websocket_ : plain_;
  if (wanted != nullptr)
    return wanted;
  auto made = std::make_shared<std::string>();
  if (how != encoding::fly_websocket) {
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
