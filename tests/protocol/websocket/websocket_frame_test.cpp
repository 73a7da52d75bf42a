#define CAF_SUITE websocket_frame
#include "protocol/websocket/frame.hpp"

#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

std::string header(opcode type, std::size_t payload_bytes, bool compressed = false) {
  std::string out;
  append_frame_header(out, type, payload_bytes, compressed);
  return out;
}

std::string text_frame(std::string_view payload) {
  std::string out;
  append_text_frame(out, payload);
  return out;
}

/// A client's frame: final, masked.
std::string client_frame(opcode type, std::size_t payload_bytes) {
  auto out = header(type, payload_bytes);
  out[1] = static_cast<char>(out[1] | 0x80);
  return out + "\x12\x34\x56\x78" + std::string(payload_bytes, 'p');
}

bool at_boundary_after(std::string_view bytes) {
  frame_boundary_scanner scanner;
  scanner.feed(bytes);
  return scanner.at_boundary();
}

}  // namespace

CAF_TEST(the examples of RFC 6455 come out) {
  CAF_CHECK_EQUAL(text_frame("Hello"), "\x81\x05Hello");
  CAF_CHECK_EQUAL(header(opcode::ping, 5), "\x89\x05");
  CAF_CHECK_EQUAL(header(opcode::pong, 5), "\x8a\x05");
  CAF_CHECK_EQUAL(header(opcode::binary, 256), "\x82\x7e\x01\x00"sv);
  CAF_CHECK_EQUAL(header(opcode::binary, 65536), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"sv);
}

CAF_TEST(the length takes the fewest bytes) {
  CAF_CHECK_EQUAL(header(opcode::text, 0), "\x81\x00"sv);
  CAF_CHECK_EQUAL(header(opcode::text, 125), "\x81\x7d");
  CAF_CHECK_EQUAL(header(opcode::text, 126), "\x81\x7e\x00\x7e"sv);
  CAF_CHECK_EQUAL(header(opcode::text, 65535), "\x81\x7e\xff\xff");
  CAF_CHECK_EQUAL(header(opcode::text, 65536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"sv);
  CAF_CHECK_EQUAL(header(opcode::text, 0x123456789ABCDEF), "\x81\x7f\x01\x23\x45\x67\x89\xab\xcd\xef");
}

CAF_TEST(a compressed frame has the bit RSV1) {
  CAF_CHECK_EQUAL(header(opcode::text, 7, true), "\xc1\x07");
  CAF_CHECK_EQUAL(header(opcode::text, 7, false), "\x81\x07");
}

CAF_TEST(frames are appended) {
  std::string out = "x";
  append_text_frame(out, "a");
  append_text_frame(out, "");
  CAF_CHECK_EQUAL(out, "x\x81\x01\x61\x81\x00"sv);
}

CAF_TEST(a text frame carries its payload whole) {
  for (const std::size_t size : {125, 126, 65535, 65536}) {
    const std::string payload(size, 'z');
    CAF_CHECK(text_frame(payload) == header(opcode::text, size) + payload);
  }
}

CAF_TEST(a close frame carries code and reason) {
  CAF_CHECK_EQUAL(close_frame(1001, "Server restart"), "\x88\x10\x03\xe9Server restart");
  CAF_CHECK_EQUAL(close_frame(1013, ""), "\x88\x02\x03\xf5");
}

CAF_TEST(a long reason is cut between characters) {
  const auto reason_in = [](const std::string& frame) { return frame.substr(4); };
  const std::string fits(123, 'r');
  CAF_CHECK_EQUAL(reason_in(close_frame(1000, fits)), fits);
  CAF_CHECK_EQUAL(close_frame(1000, fits).size(), 127u);
  CAF_CHECK_EQUAL(reason_in(close_frame(1000, fits + "x")), fits);
  const std::string kept(122, 'r');
  CAF_CHECK_EQUAL(reason_in(close_frame(1000, kept + "\u00e9")), kept);
  CAF_CHECK_EQUAL(close_frame(1000, kept + "\u00e9").substr(0, 2), "\x88\x7c");
}

CAF_TEST(a boundary is after whole frames and nowhere else) {
  std::string bytes;
  std::vector<std::size_t> boundaries{0};
  for (const std::size_t size : {0, 1, 125, 126, 300, 65535, 65536}) {
    bytes += client_frame(opcode::text, size);
    boundaries.push_back(bytes.size());
    bytes += client_frame(opcode::ping, size % 126);
    boundaries.push_back(bytes.size());
  }
  frame_boundary_scanner scanner;
  std::size_t next = 0;
  for (std::size_t fed = 0; fed <= bytes.size(); ++fed) {
    const bool expected = next < boundaries.size() && boundaries[next] == fed;
    if (scanner.at_boundary() != expected) {
      CAF_FAIL("wrong after " << fed << " bytes");
    }
    next += expected ? 1 : 0;
    if (fed < bytes.size()) {
      scanner.feed(std::string_view{bytes}.substr(fed, 1));
    }
  }
  CAF_CHECK_EQUAL(next, boundaries.size());
}

CAF_TEST(it does not matter how the bytes are split) {
  const auto bytes = client_frame(opcode::text, 5) + client_frame(opcode::text, 200) + client_frame(opcode::ping, 0);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); second += 3) {
      frame_boundary_scanner scanner;
      scanner.feed(std::string_view{bytes}.substr(0, first));
      CAF_CHECK_EQUAL(scanner.at_boundary(), at_boundary_after(std::string_view{bytes}.substr(0, first)));
      scanner.feed(std::string_view{bytes}.substr(first, second - first));
      scanner.feed(std::string_view{bytes}.substr(second));
      CAF_CHECK(scanner.at_boundary());
    }
  }
}

CAF_TEST(unmasked frames are followed too) {
  CAF_CHECK(at_boundary_after("\x81\x05Hello"));
  CAF_CHECK(!at_boundary_after("\x81\x05Hell"));
  CAF_CHECK(at_boundary_after("\x81\x00"sv));
  CAF_CHECK(!at_boundary_after("\x81"));
}

CAF_TEST(the largest length that can be written is no boundary) {
  frame_boundary_scanner scanner;
  scanner.feed("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04");
  CAF_CHECK(!scanner.at_boundary());
  scanner.feed(std::string(1000, '\xff'));
  CAF_CHECK(!scanner.at_boundary());
}

CAF_TEST(a length of zero in eight bytes is a boundary after the mask) {
  CAF_CHECK(!at_boundary_after("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x00mas"sv));
  CAF_CHECK(at_boundary_after("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x00mask"sv));
}

CAF_TEST(between fragments is a boundary but not between messages) {
  const std::string mask{"mask"};
  const auto first = "\x01\x80" + mask;
  const auto middle = "\x00\x80"s + mask;
  const auto last = "\x80\x80" + mask;
  const auto ping = "\x89\x80" + mask;
  frame_boundary_scanner scanner;
  CAF_CHECK(scanner.between_messages());
  for (const auto& frame : {first, ping, middle, ping}) {
    scanner.feed(frame);
    CAF_CHECK(scanner.at_boundary());
    CAF_CHECK(!scanner.between_messages());
  }
  scanner.feed(last);
  CAF_CHECK(scanner.between_messages());
  scanner.feed(ping);
  CAF_CHECK(scanner.between_messages());
  scanner.feed("\x81");
  CAF_CHECK(!scanner.between_messages());
}

CAF_TEST(a scanner is small) { CAF_CHECK_EQUAL(sizeof(frame_boundary_scanner), 16u); }
