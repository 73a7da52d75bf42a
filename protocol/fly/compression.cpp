#include "protocol/fly/compression.hpp"

#include <zlib.h>

#include <new>

#include "protocol/fly/packet.hpp"

namespace ability::fly {

namespace {

constexpr int raw_window = -15;    // deflate without zlib's header, largest window
constexpr int memory_level = 8;    // zlib's default
constexpr std::size_t least = 64;  // bytes; shorter buffers hardly ever shrink

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

struct deflating {
  z_stream stream{};
  deflating() {
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  deflating(const deflating&) = delete;
  deflating& operator=(const deflating&) = delete;
  ~deflating() { deflateEnd(&stream); }
};

struct inflating {
  z_stream stream{};
  inflating() {
    if (inflateInit2(&stream, raw_window) != Z_OK)
      throw std::bad_alloc{};
  }
  inflating(const inflating&) = delete;
  inflating& operator=(const inflating&) = delete;
  ~inflating() { inflateEnd(&stream); }
};

}  // namespace

std::optional<std::string> compress(std::string_view buffer) {
  if (buffer.size() < least)
    return std::nullopt;
  deflating by;
  std::string out(buffer.size() - 1, '\0');
  by.stream.next_in = bytes_of(buffer);
  by.stream.avail_in = static_cast<uInt>(buffer.size());
  by.stream.next_out = bytes_of(out);
  by.stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&by.stream, Z_FINISH) != Z_STREAM_END)
    return std::nullopt;
  out.resize(by.stream.total_out);
  return out;
}

result<std::string> decompress(std::string_view buffer) {
  inflating by;
  std::string out(max_buffer, '\0');
  by.stream.next_in = bytes_of(buffer);
  by.stream.avail_in = static_cast<uInt>(buffer.size());
  by.stream.next_out = bytes_of(out);
  by.stream.avail_out = static_cast<uInt>(out.size());
  const auto status = inflate(&by.stream, Z_FINISH);
  if (status == Z_MEM_ERROR)
    throw std::bad_alloc{};
  // The output buffer is full, so the limit is exceeded.
  if (status == Z_BUF_ERROR && by.stream.avail_out == 0)
    return fault{errc::too_large, "the buffer inflates to more than " + std::to_string(max_buffer) + " bytes"};
  if (status != Z_STREAM_END || by.stream.avail_in != 0)
    return fault{errc::wrong_value, "the buffer is no deflate stream"};
  out.resize(by.stream.total_out);
  out.shrink_to_fit();
  return out;
}

}  // namespace ability::fly
