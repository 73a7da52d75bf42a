#include "protocol/websocket/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace ability {
namespace {

// Negative: raw deflate. 15: the default window of clients.
constexpr int window_bits = -15;
constexpr int memory_level = 8;
// Bytes at the end of a sync flush, which the receiver restores.
constexpr std::size_t tail_bytes = 4;

}  // namespace

void message_deflater::closer::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

message_deflater::message_deflater(int level) {
  auto stream = std::make_unique<z_stream>();
  if (deflateInit2(stream.get(), level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
  stream_.reset(stream.release());
}

message_deflater::~message_deflater() = default;
message_deflater::message_deflater(message_deflater&&) noexcept = default;
message_deflater& message_deflater::operator=(message_deflater&&) noexcept = default;

std::string message_deflater::deflate(std::string_view payload) {
  constexpr std::size_t step = std::numeric_limits<uInt>::max();
  auto& stream = *stream_;
  deflateReset(&stream);
  std::string out;
  std::size_t written = 0;
  do {
    const auto piece = payload.substr(0, step);
    payload.remove_prefix(piece.size());
    // zlib never writes to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      out.resize(written + std::min<std::size_t>(deflateBound(&stream, stream.avail_in) + tail_bytes + 2, step));
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream.avail_out = static_cast<uInt>(out.size() - written);
      ::deflate(&stream, payload.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
      written = out.size() - stream.avail_out;
    } while (stream.avail_out == 0);
  } while (!payload.empty());
  out.resize(written - tail_bytes);
  return out;
}

std::string deflate_message(std::string_view payload, int level) { return message_deflater{level}.deflate(payload); }

}  // namespace ability
