#define CAF_SUITE deflate
#include "protocol/websocket/deflate.hpp"

#include <zlib.h>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::string_view_literals;

namespace {

/// Inflates as a client does: RFC 7692 section 7.2.2, without context takeover between messages.
std::string inflated(std::string compressed) {
  compressed += "\x00\x00\xff\xff"sv;
  z_stream stream{};
  CAF_REQUIRE_EQUAL(inflateInit2(&stream, -15), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  int status = Z_OK;
  do {
    char piece[4096];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof(piece);
    status = inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece, sizeof(piece) - stream.avail_out);
  } while (status == Z_OK && stream.avail_out == 0);
  CAF_CHECK_EQUAL(stream.avail_in, 0u);
  CAF_CHECK(status == Z_OK || status == Z_BUF_ERROR);
  inflateEnd(&stream);
  return out;
}

std::string noise(std::size_t size) {
  std::string out;
  std::uint32_t state = 1;
  while (out.size() < size) {
    state = state * 1664525 + 1013904223;
    out += static_cast<char>(state >> 24);
  }
  return out;
}

}  // namespace

CAF_TEST(the example of RFC 7692 comes out) {
  CAF_CHECK_EQUAL(deflate_message("Hello"), "\xf2\x48\xcd\xc9\xc9\x07\x00"sv);
}

CAF_TEST(an empty message is one byte) { CAF_CHECK_EQUAL(deflate_message(""), "\x00"sv); }

CAF_TEST(what is compressed can be inflated) {
  message_deflater deflater;
  for (const std::size_t size : {1, 2, 100, 1000, 16383, 65535, 65536, 1'000'000}) {
    for (const auto& payload : {std::string(size, 'a'), noise(size)}) {
      CAF_CHECK(inflated(deflater.deflate(payload)) == payload);
    }
  }
}

CAF_TEST(messages stand alone) {
  message_deflater deflater;
  const std::string payload = R"({"identifier":"{\"channel\":\"Chat\"}","message":{"text":"hello hello"}})";
  const auto first = deflater.deflate(payload);
  deflater.deflate(noise(100'000));
  CAF_CHECK(deflater.deflate(payload) == first);
  CAF_CHECK(deflate_message(payload) == first);
}

CAF_TEST(repetitive text gets shorter) {
  std::string payload;
  for (int i = 0; i < 100; ++i) {
    payload += R"({"text":"hello"},)";
  }
  CAF_CHECK(deflate_message(payload).size() * 10 < payload.size());
}

CAF_TEST(noise grows by little) {
  const auto payload = noise(10'000);
  CAF_CHECK(deflate_message(payload).size() <= payload.size() + 16);
}

CAF_TEST(every level can be inflated) {
  const std::string payload = std::string(3000, 'x') + noise(3000);
  for (int level = 0; level <= 9; ++level) {
    CAF_CHECK(inflated(deflate_message(payload, level)) == payload);
  }
}

CAF_TEST(a deflater can be moved) {
  message_deflater first;
  message_deflater second{std::move(first)};
  CAF_CHECK_EQUAL(inflated(second.deflate("moved")), "moved");
  message_deflater third{1};
  third = std::move(second);
  CAF_CHECK_EQUAL(inflated(third.deflate("again")), "again");
}
