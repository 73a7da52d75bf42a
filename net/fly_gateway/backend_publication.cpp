#include "net/fly_gateway/backend_publication.hpp"

#include <utility>

#include "actors/ingress/ingress.hpp"
#include "protocol/fly/mux.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

std::string handle_publication(const fly::packet& what, const std::function<std::string()>& name, lane_home& home) {
  const auto answer = [&](std::uint8_t options, std::string_view buffer) {
    std::string bytes;
    fly::append_packet(bytes, {.type = fly::subtype::rpc,
                               .options = options,
                               .command = what.command,
                               .sequence = what.sequence,
                               .buffer = buffer});
    return bytes;
  };
  const auto refuse = [&](fly::error_code why, std::string text) {
    return answer(fly::rpc_option::resp | fly::rpc_option::error,
                  encode_error(fly::remote_error{why, std::move(text)}));
  };
  if (what.command != fly::link_command::publish)
    return refuse(fly::error_code::not_found, "a gateway is asked to publish (command 4), nothing else");
  if (home.here.gate.full()) {
    home.counters.refused_broadcasts.add();
    note_refusal(home, refusal_reason::publication_busy, name, "too many broadcasts are pending");
    return refuse(fly::error_code::too_many, "too many broadcasts are pending");
  }
  auto publication = decode_publication(what.buffer);
  if (!publication) {
    home.counters.failed_broadcasts.add();
    note_refusal(home, refusal_reason::publication_malformed, name, publication.error().detail);
    return refuse(fly::error_code::bad_payload, publication.error().detail);
  }
  publish(home, std::move(*publication), scope::everywhere);
  return what.has(fly::rpc_option::ack) ? answer(fly::rpc_option::resp, {}) : std::string{};
}

}  // namespace ability
