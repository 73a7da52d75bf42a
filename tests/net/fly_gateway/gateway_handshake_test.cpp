#define CAF_SUITE gateway_handshake

#include "net/fly_gateway/gateway_handshake.hpp"

#include <string>

#include "caf/test/unit_test.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/link_proof.hpp"
#include "protocol/fly/remote_error.hpp"

using namespace ability;

namespace {

gateway_handshake::step answer(gateway_handshake& to, const fly::helo_reply& with) {
  const auto buffer = encode_helo(with);
  return to.receive({.type = fly::subtype::helo, .options = fly::helo_option::resp, .buffer = buffer});
}

fly::helo_request said(const std::string& bytes) {
  const auto packet = fly::whole_packet(bytes);
  CAF_REQUIRE(packet && packet->type == fly::subtype::helo && packet->options == 0);
  return *fly::decode_helo_request(packet->buffer);
}

}  // namespace

CAF_TEST(both sides prove that they know the secret) {
  gateway_handshake uut{"s3cret"};
  const auto first = said(uut.handshake_message());
  CAF_CHECK_EQUAL(first.role, "gateway");
  CAF_CHECK(!first.nonce.empty());
  CAF_CHECK(first.proof.empty());
  const auto proof = fly::link_proof("s3cret", "backend", "theirs", first.nonce);
  const auto next = answer(uut, {.role = "backend", .proof = proof, .nonce = "theirs"});
  CAF_CHECK(!next.is_open && next.failed.empty());
  CAF_CHECK_EQUAL(said(next.send).proof, fly::link_proof("s3cret", "gateway", first.nonce, "theirs"));
  CAF_CHECK(answer(uut, {.role = "backend"}).is_open);
}

CAF_TEST(a backend without the secret is left) {
  gateway_handshake uut{"s3cret"};
  const auto next = answer(uut, {.role = "backend", .nonce = "theirs"});
  CAF_CHECK(next.failed.find("--fly-rpc-secret") != std::string::npos);
  CAF_CHECK(next.send.empty() && !next.is_open);
}

CAF_TEST(without a secret nothing is proved) {
  gateway_handshake uut{""};
  CAF_CHECK(said(answer(uut, {.role = "backend", .nonce = "theirs"}).send).proof.empty());
  CAF_CHECK(answer(uut, {.role = "backend"}).is_open);
}

CAF_TEST(others than backends are left) {
  gateway_handshake uut{""};
  CAF_CHECK_EQUAL(answer(uut, {}).failed, "it is no backend");
  CAF_CHECK(!uut.receive({.type = fly::subtype::rpc}).failed.empty());
  CAF_CHECK(!uut.receive({.type = fly::subtype::helo}).failed.empty());
  CAF_CHECK(
      !uut.receive({.type = fly::subtype::helo, .options = fly::helo_option::resp, .buffer = "{"}).failed.empty());
  const auto error = encode_error(fly::remote_error{fly::error_code::forbidden, "for gateways only"});
  CAF_CHECK_EQUAL(
      uut.receive(
             {.type = fly::subtype::helo, .options = fly::helo_option::resp | fly::helo_option::error, .buffer = error})
          .failed,
      R"(it refuses the link: "for gateways only")");
}
