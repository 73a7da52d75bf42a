// Labels: hardened
#define CAF_SUITE gzip
#include "protocol/http/gzip.hpp"

#include <zlib.h>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

std::string packed(const std::string& text) {
  z_stream stream{};
  CAF_REQUIRE_EQUAL(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CAF_REQUIRE_EQUAL(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

CAF_TEST(what was packed comes out) {
  for (const std::size_t size : {0, 1, 1'000, 65'535, 65'536, 65'537, 1'000'000})
    CAF_CHECK(unpack_gzip(packed(std::string(size, 'x')), 1'000'000).value() == std::string(size, 'x'));
}

CAF_TEST(members follow each other) {
  CAF_CHECK_EQUAL(unpack_gzip(packed("ab") + packed("") + packed("cd"), 4).value(), "abcd");
}

CAF_TEST(a byte more than the limit is too many) {
  for (const std::size_t size : {1, 65'536, 100'000}) {
    const auto all = packed(std::string(size, 'x'));
    CAF_CHECK(unpack_gzip(all, size).has_value());
    CAF_CHECK(unpack_gzip(all, size - 1).error().code == errc::too_large);
  }
  CAF_CHECK(unpack_gzip(packed("ab") + packed("cd"), 3).error().code == errc::too_large);
}

CAF_TEST(what is cut off anywhere or goes on is no gzip) {
  const auto all = packed("hello, hello, hello");
  for (std::size_t size = 0; size < all.size(); ++size)
    CAF_CHECK(unpack_gzip(all.substr(0, size), 100).error().code == errc::wrong_value);
  CAF_CHECK(unpack_gzip(all + "x", 100).error().code == errc::wrong_value);
  CAF_CHECK(unpack_gzip("{\"stream\":\"s\"}", 100).error().code == errc::wrong_value);
}
