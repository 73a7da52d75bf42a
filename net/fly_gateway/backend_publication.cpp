#include "net/fly_gateway/backend_publication.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "actors/broadcast/publication_receipt.hpp"
#include "actors/ingress/ingress.hpp"
#include "protocol/fly/mux.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

namespace {

std::string refusal_of(redis_failure why) {
  if (!is_not_run(why))
    return encode_error(fly::remote_error{fly::error_code::timeout, "the log in Redis did not answer"});
  return encode_error(fly::remote_error{fly::error_code::too_many,
                                        "the log in Redis does not take publications: " + std::string{name_of(why)}});
}

}  // namespace

std::string handle_publication(const fly::packet& what, const std::function<std::string()>& name, lane_home& home,
                               std::function<void(std::string)> later) {
  const auto answer = [command = what.command, sequence = what.sequence](std::uint8_t options,
                                                                         std::string_view buffer) {
    std::string bytes;
    fly::append_packet(
        bytes,
        {.type = fly::subtype::rpc, .options = options, .command = command, .sequence = sequence, .buffer = buffer});
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
  const auto* const all = std::get_if<std::vector<broadcast>>(&*publication);
  const auto count = all == nullptr ? 0 : all->size();
  if (count > 0 && home.store != nullptr && what.has(fly::rpc_option::ack)) {
    publish(home, std::move(*publication), scope::everywhere,
            std::make_shared<publication_receipt>(
                count, [answer, later = std::move(later)](const publication_outcome& got) {
                  later(got.failure ? answer(fly::rpc_option::resp | fly::rpc_option::error, refusal_of(*got.failure))
                                    : answer(fly::rpc_option::resp, {}));
                }));
    return {};
  }
  publish(home, std::move(*publication), scope::everywhere);
  return what.has(fly::rpc_option::ack) ? answer(fly::rpc_option::resp, {}) : std::string{};
}

}  // namespace ability
