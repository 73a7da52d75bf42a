#define CAF_SUITE shared_frames

#include "net/fly_gateway/shared_frames.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/fly/packet.hpp"

using namespace ability;

namespace {

std::string rpc(std::string_view buffer, fly::subtype type = fly::subtype::rpc) {
  std::string bytes;
  fly::append_packet(bytes, {.type = type, .command = 1, .sequence = 2, .buffer = buffer});
  return bytes;
}

}  // namespace

CAF_TEST(whole packets are framed for each kind of wire and only once) {
  const auto bytes = rpc("a") + rpc("bc");
  shared_frames shared{bytes};
  CAF_REQUIRE(shared.is_whole());
  CAF_CHECK_EQUAL(shared.count(), 2u);
  CAF_CHECK_EQUAL(*shared.as(client_transport::framing::none), bytes);
  CAF_CHECK_EQUAL(*shared.as(client_transport::framing::websocket), "\x82\x07" + rpc("a") + "\x82\x08" + rpc("bc"));
  CAF_CHECK(shared.as(client_transport::framing::none) == shared.as(client_transport::framing::none));
  CAF_CHECK(shared.as(client_transport::framing::websocket) == shared.as(client_transport::framing::websocket));
}

CAF_TEST(a piece that not everybody can get as it is is not whole) {
  const auto bytes = rpc("abc");
  const auto cut = bytes + bytes.substr(0, 1);
  const auto helo = rpc("", fly::subtype::helo);
  const auto mixed = bytes + rpc("", fly::subtype::mq);
  const auto ping = rpc("", fly::subtype::ping);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CAF_CHECK(!shared_frames{std::string_view{bytes}.substr(0, size)}.is_whole());
  CAF_CHECK(!shared_frames{std::string_view{cut}}.is_whole());
  CAF_CHECK(!shared_frames{std::string_view{helo}}.is_whole());
  CAF_CHECK(!shared_frames{std::string_view{mixed}}.is_whole());
  CAF_CHECK(shared_frames{std::string_view{ping}}.is_whole());
}
