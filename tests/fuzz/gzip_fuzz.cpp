#include "protocol/http/gzip.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 100'000;
  const auto unpacked = unpack_gzip(as_text(data, size), limit);
  hold(!unpacked || unpacked->size() <= limit, "no more than the limit comes out");
  return 0;
}
