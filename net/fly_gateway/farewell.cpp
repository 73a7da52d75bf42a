#include "net/fly_gateway/farewell.hpp"

#include "protocol/fly/packet.hpp"

namespace ability {

farewell farewell::of(refusal why) noexcept {
  switch (why) {
    case refusal::unauthorized:
      return {fly::error_code::unauthorized, disconnect_reason::unauthorized, 1008};
    case refusal::token_expired:
      return {fly::error_code::unauthorized, disconnect_reason::token_expired, 1008};
    case refusal::unavailable:
      break;
  }
  return {fly::error_code::closing, "try again later", 1013};
}

farewell farewell::of(const close_reason& why) noexcept {
  switch (why.why) {
    case close_reason::kind::disconnected:
      if (why.reason == disconnect_reason::token_expired)
        return {fly::error_code::unauthorized, why.reason, 1008};
      if (why.reason == disconnect_reason::too_slow)
        return {why.reconnect ? fly::error_code::closing : fly::error_code::forbidden, why.reason, 1013};
      if (why.reconnect)
        return {fly::error_code::closing, why.reason, 1001};
      return {fly::error_code::forbidden, why.reason, 1000};
    case close_reason::kind::finished:
      return {fly::error_code::closing, "the application ended the connection", 1000};
    case close_reason::kind::replaced:
      return {fly::error_code::closing, "the session goes on at another connection", 1000};
    case close_reason::kind::moved:
      return {fly::error_code::closing, disconnect_reason::server_restart, 1012};
    case close_reason::kind::abandoned:
      break;
  }
  return {fly::error_code::closing, "the server failed", 1011};
}

std::string farewell::packet(std::uint8_t sequence) const {
  const auto buffer = encode_error(fly::remote_error{why, std::string{text}});
  std::string bytes;
  fly::append_packet(bytes, {.type = fly::subtype::helo,
                             .options = fly::helo_option::resp | fly::helo_option::error,
                             .sequence = sequence,
                             .buffer = buffer});
  return bytes;
}

}  // namespace ability
