#include "protocol/http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace ability {
namespace {

// 15: the largest window; 16: gzip only.
constexpr int window_bits = 15 + 16;
constexpr std::size_t piece = 65'536;  // bytes of output per step

class inflater {
public:
  inflater() {
    if (inflateInit2(&stream_, window_bits) != Z_OK)
      throw std::bad_alloc{};
  }
  ~inflater() { inflateEnd(&stream_); }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  z_stream& stream() noexcept { return stream_; }

private:
  z_stream stream_{};
};

fault not_gzip() { return {errc::wrong_value, "the body is not gzip, or not all of it"}; }

}  // namespace

result<std::string> unpack_gzip(std::string_view packed, std::size_t limit) {
  if (packed.size() > std::numeric_limits<uInt>::max())
    return fault{errc::too_large, "the packed body is over 4 GiB"};
  inflater of;
  auto& stream = of.stream();
  // zlib never writes to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::size_t written = 0;
  for (;;) {
    // One byte beyond the limit, to detect larger output.
    out.resize(std::min(written + piece, limit + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = static_cast<uInt>(out.size() - written);
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    written = out.size() - stream.avail_out;
    if (written > limit)
      return fault{errc::too_large, "the body unpacks to more than " + std::to_string(limit) + " bytes"};
    if (outcome == Z_STREAM_END && stream.avail_in == 0)
      break;
    if (outcome == Z_STREAM_END && inflateReset(&stream) == Z_OK)
      continue;
    // Z_OK with a full output buffer: continue. With room left, the input is truncated.
    if (outcome != Z_OK || stream.avail_out > 0)
      return not_gzip();
  }
  out.resize(written);
  return out;
}

}  // namespace ability
