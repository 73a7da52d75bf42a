#define CAF_SUITE encode_broadcast
#include "protocol/client/wire_format.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/action_cable/formats.hpp"
#include "protocol/action_cable/messages.hpp"
#include "protocol/fly/formats.hpp"
#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/frame.hpp"

using namespace ability;

namespace {

std::string encoded(const wire_format* how, const broadcast& message) {
  std::string out = "before";
  CAF_CHECK(how->append(out, "i", message, {}));
  CAF_REQUIRE(out.starts_with("before"));
  return out.substr(6);
}

std::string payload_of(const broadcast& message) {
  std::string out;
  append_broadcast(out, "i", message.data, message.data_is_json, message.broadcast_type);
  return out;
}

std::string plain_frame(const broadcast& message) {
  std::string out;
  append_text_frame(out, payload_of(message));
  return out;
}

}  // namespace

CAF_TEST(a broadcast is one text frame) {
  const broadcast message{.stream = "s", .data = R"({"b":1,"a":2})", .data_is_json = true};
  CAF_CHECK_EQUAL(encoded(&action_cable_json(), message),
                  "\x81\x2a"
                  R"({"identifier":"i","message":{"b":1,"a":2}})");
}

CAF_TEST(the type reaches the client) {
  const broadcast message{.stream = "s", .data = "x", .broadcast_type = "t"};
  CAF_CHECK_EQUAL(encoded(&action_cable_json(), message), plain_frame(message));
  CAF_CHECK(payload_of(message).starts_with(R"({"type":"t",)"));
}

CAF_TEST(a long broadcast is compressed where the client can inflate) {
  const broadcast message{.stream = "s", .data = std::string(1000, 'x')};
  const auto deflated = deflate_message(payload_of(message));
  std::string expected;
  append_frame_header(expected, opcode::text, deflated.size(), true);
  CAF_CHECK(encoded(&action_cable_json({.deflated = true}), message) == expected + deflated);
  CAF_CHECK(encoded(&action_cable_json(), message) == plain_frame(message));
}

CAF_TEST(what does not get shorter is sent as it is) {
  const broadcast tiny{.stream = "s", .data = "1", .data_is_json = true};
  CAF_CHECK_EQUAL(encoded(&action_cable_json({.deflated = true}), tiny), plain_frame(tiny));
  std::string noise;
  for (unsigned i = 0, state = 1; i < 70; ++i, state = state * 1664525 + 1013904223) {
    noise += static_cast<char>('#' + (state >> 24) % 90);
  }
  const broadcast random{.stream = "s", .data = noise};
  CAF_REQUIRE(deflate_message(payload_of(random)).size() >= payload_of(random).size());
  CAF_CHECK_EQUAL(encoded(&action_cable_json({.deflated = true}), random), plain_frame(random));
}

CAF_TEST(for FlyRPC a broadcast is a packet with the alias and the data as it came) {
  using namespace std::string_literals;
  const auto packet = [](const broadcast& message) {
    std::string out;
    CAF_CHECK(fly::packet_format().append(out, fly::packet_format().key("i", fly::tag_of(258, 3)), message, {}));
    return out;
  };
  CAF_CHECK_EQUAL(packet({.stream = "s", .data = R"({"b":1})", .data_is_json = true}),
                  "\x00\x01\x02\x00\x00\x07{\"b\":1}"s);
  CAF_CHECK_EQUAL(packet({.stream = "s", .data = "no json", .data_is_json = false}),
                  "\x00\x01\x02\x00\x00\x07no json"s);
}

CAF_TEST(over WebSocket the packet is in a binary frame) {
  using namespace std::string_literals;
  std::string out;
  CAF_CHECK(fly::websocket_format().append(out, fly::websocket_format().key("i", fly::tag_of(7, 0)),
                                           {.stream = "s", .data = "1"}, {}));
  CAF_CHECK_EQUAL(out,
                  "\x82\x07\x00\x00\x07\x00\x00\x01"
                  "1"s);
}

CAF_TEST(what is too long for a packet is told by its size) {
  using namespace std::string_literals;
  std::string out;
  const auto fits = [&](const wire_format& how, std::size_t size) {
    out.clear();
    return how.append(out, "1", {.stream = "s", .data = std::string(size, 'x')}, {});
  };
  CAF_CHECK(fits(fly::packet_format(), 65'535));
  CAF_CHECK_EQUAL(out.size(), 65'541u);
  CAF_CHECK(!fits(fly::websocket_format(), 65'536));
  CAF_CHECK(fits(action_cable_json(), 65'536));
  CAF_CHECK(!fits(fly::packet_format(), 65'536));
  const auto told = out;
  CAF_CHECK_EQUAL(told.substr(0, 6), "\x08\x00\x01\x00\x00\x26"s);
  CAF_CHECK_EQUAL(told.substr(6), "a message of 65536 bytes is over 65535");
}

CAF_TEST(only FlyRPC knows aliases) {
  CAF_CHECK_EQUAL(action_cable_json().key("i", 5), "i");
  CAF_CHECK_EQUAL(action_cable_json({.deflated = true}).key("i", 5), "i");
  CAF_CHECK_EQUAL(fly::packet_format().key("i", fly::tag_of(5, 9)), "5");
}
