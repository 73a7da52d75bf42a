#define CAF_SUITE encode_broadcast
#include "protocol/client/wire_format.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/action_cable/formats.hpp"
#include "protocol/action_cable/messages.hpp"
#include "protocol/fly/formats.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/positions.hpp"
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

CAF_TEST(a packet with a position has sixteen bytes ahead of the data) {
  using namespace std::string_literals;
  const auto& format = fly::packet_format(true);
  CAF_CHECK(format.has_positions() && format.reuses_keys());
  CAF_CHECK(&format != &fly::packet_format());
  CAF_CHECK(!fly::packet_format().has_positions() && !fly::websocket_format().has_positions());
  const auto key = format.key("i", fly::tag_of(258, 3));
  const broadcast message{.stream = "s", .data = "hi"};
  const stream_position at{0x0102030405060708, 0x1112};
  std::string out;
  CAF_CHECK(format.append(out, key, message, at));
  CAF_CHECK_EQUAL(out, "\x00\x01\x02\x00\x00\x12\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x00\x00\x00\x11\x12hi"s);
  out.clear();
  CAF_CHECK(format.append(out, key, message, {}));
  CAF_CHECK_EQUAL(out, "\x00\x01\x02\x00\x00\x12"s + std::string(16, '\0') + "hi");
  out.clear();
  CAF_CHECK(fly::websocket_format(true).append(out, key, message, at));
  CAF_CHECK(out.starts_with("\x82\x18\x00\x01\x02"s) && out.size() == 26);
}

CAF_TEST(a client that counts is told of a message that it must not receive and of one that is too long) {
  using namespace std::string_literals;
  std::string out;
  fly::packet_format().append_withheld(out, "5", {1, 2});
  CAF_CHECK_EQUAL(out, "");
  for (const auto is_websocket : {false, true}) {
    const auto& format = is_websocket ? fly::websocket_format(true) : fly::packet_format(true);
    out.clear();
    format.append_withheld(out, "5", {1, 2});
    auto packet = fly::whole_packet(std::string_view{out}.substr(is_websocket ? 2 : 0));
    CAF_REQUIRE(packet);
    CAF_CHECK(packet->options == fly::mq_option::reject && packet->command == 5);
    CAF_CHECK(fly::split_position(packet->buffer)->at == (stream_position{1, 2}));
    for (const std::size_t size : {65'519, 65'520}) {
      out.clear();
      CAF_CHECK_EQUAL(format.append(out, "5", {.stream = "s", .data = std::string(size, 'x')}, stream_position{1, 3}),
                      size == 65'519);
      packet = fly::whole_packet(std::string_view{out}.substr(!is_websocket ? 0 : size == 65'519 ? 10 : 2));
      CAF_REQUIRE(packet);
      const auto parts = fly::split_position(packet->buffer);
      CAF_CHECK(parts->at == (stream_position{1, 3}));
      CAF_CHECK(size == 65'519 ? parts->data.size() == size && packet->options == 0
                               : parts->data == "a message of 65520 bytes is over 65519");
    }
  }
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
