#define CAF_SUITE fly_compression
#include "protocol/fly/compression.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/fly/packet.hpp"

using namespace ability;
using namespace ability::fly;

namespace {

errc refused(std::string_view buffer) {
  const auto out = decompress(buffer);
  CAF_REQUIRE(out.has_error());
  return out.error().code;
}

}  // namespace

CAF_TEST(what is compressed comes back) {
  for (const std::size_t size : {64, 1'000, 65'535}) {
    const std::string text(size, 'x');
    const auto small = compress(text);
    CAF_REQUIRE(small.has_value());
    CAF_CHECK(small->size() < size);
    CAF_CHECK(decompress(*small).value() == text);
  }
}

CAF_TEST(what does not shrink is left alone) {
  CAF_CHECK(!compress(""));
  CAF_CHECK(!compress(std::string(63, 'x')));
  std::string noise;
  unsigned state = 1;
  for (int i = 0; i < 2'000; ++i)
    noise += static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24);
  CAF_CHECK(!compress(noise));
}

CAF_TEST(a bomb is refused) {
  static constexpr std::size_t bytes = 10'000'000;
  const auto bomb = compress(std::string(bytes, '\0'));
  CAF_REQUIRE(bomb.has_value());
  CAF_CHECK(bomb->size() < max_buffer);
  CAF_CHECK(refused(*bomb) == errc::too_large);
  CAF_CHECK(refused(compress(std::string(max_buffer + 1, 'x')).value()) == errc::too_large);
}

CAF_TEST(what is no stream is refused) {
  const auto whole = compress(std::string(1'000, 'x')).value();
  for (std::size_t size = 0; size < whole.size(); ++size)
    CAF_CHECK(refused(whole.substr(0, size)) == errc::wrong_value);
  CAF_CHECK(refused(whole + "x") == errc::wrong_value);
  CAF_CHECK(refused("\xff\xff\xff") == errc::wrong_value);
}
