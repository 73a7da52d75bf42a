#include "protocol/redis/redis_text_filter.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

struct outcome {
  std::string passed;
  std::vector<std::uint64_t> skipped;

  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome filter(std::string_view bytes, std::size_t at_a_time) {
  redis_text_filter uut{20};
  outcome result;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(at_a_time, bytes.size())))
    for (auto rest = bytes.substr(0, at_a_time); !rest.empty();) {
      const auto before = rest.size();
      const auto piece = uut.take(rest);
      hold(rest.size() < before, "each call takes something");
      result.passed += piece.bytes;
      if (piece.skipped > 0)
        result.skipped.push_back(piece.skipped);
    }
  return result;
}

}  // namespace

/// Input: replies of a Redis server.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  const auto whole = filter(bytes, size);
  hold(whole.passed.size() <= size, "nothing is added");
  for (const auto each : whole.skipped)
    hold(each > 20 && each < size, "what is left out is over the bound, and had come");
  if (bytes.find('$') == std::string_view::npos)
    hold(whole.passed == bytes, "without a length all passes");
  for (const std::size_t at_a_time : {1u, 2u, 7u})
    hold(filter(bytes, at_a_time) == whole, "pieces make no difference");
  return 0;
}
