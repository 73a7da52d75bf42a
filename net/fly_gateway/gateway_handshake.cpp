#include "net/fly_gateway/gateway_handshake.hpp"

#include <utility>

#include "protocol/auth/secret.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/link_proof.hpp"
#include "protocol/fly/remote_error.hpp"
#include "protocol/json/excerpt.hpp"

namespace ability {

namespace {

std::string helo_packet(const fly::helo_request& helo) {
  const auto buffer = encode_helo(helo);
  std::string bytes;
  fly::append_packet(bytes, {.type = fly::subtype::helo, .buffer = buffer});
  return bytes;
}

}  // namespace

gateway_handshake::gateway_handshake(std::string secret) : secret_{std::move(secret)}, nonce_{random_id()} {}

std::string gateway_handshake::handshake_message() const { return helo_packet({.role = "gateway", .nonce = nonce_}); }

gateway_handshake::step gateway_handshake::receive(const fly::packet& what) {
  if (what.type != fly::subtype::helo || !what.has(fly::helo_option::resp))
    return {.failed = "it is no FlyRPC backend: it did not answer the Helo of a gateway"};
  if (what.has(fly::helo_option::error)) {
    const auto error = fly::decode_error(what.buffer);
    return {.failed = "it refuses the link: " + (error.text.empty() ? fly::name_of(error.code) : excerpt(error.text))};
  }
  if (proved_)
    return {.is_open = true};
  const auto helo = fly::decode_helo_reply(what.buffer);
  if (!helo)
    return {.failed = "its Helo makes no sense: " + helo.error().detail};
  if (helo->role != "backend")
    return {.failed = "it is no backend"};
  std::string proof;
  if (!secret_.empty()) {
    if (!constant_time_equal(helo->proof, fly::link_proof(secret_, "backend", helo->nonce, nonce_)))
      return {.failed = "it does not know the secret that both must share (--fly-rpc-secret here)"};
    proof = fly::link_proof(secret_, "gateway", nonce_, helo->nonce);
  }
  proved_ = true;
  return {.send = helo_packet({.role = "gateway", .proof = proof})};
}

}  // namespace ability
