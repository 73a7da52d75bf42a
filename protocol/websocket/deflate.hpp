/// Compression of whole messages for permessage-deflate.
/// Source: RFC 7692 section 7.2.1, with `server_no_context_takeover`: each message stands alone, so one compressed copy
/// serves every client.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace ability {

/// zlib's level, 0 to 9. A message is compressed once and sent to many clients, so bytes weigh more than time. Measured
/// on JSON: up to 1 KB all levels cost 4 to 12 us; at 10 KB, 6 takes 75 us for 26 % fewer bytes than 1, and 9 takes 60
/// % longer for another 2 %.
inline constexpr int default_deflate_level = 6;

/// Compresses one message after another; keeps 256 KB of memory for it.
class message_deflater {
public:
  /// Throws std::bad_alloc if there is no memory. REQUIRES a level of 0 to 9.
  explicit message_deflater(int level = default_deflate_level);
  ~message_deflater();
  message_deflater(message_deflater&&) noexcept;
  message_deflater& operator=(message_deflater&&) noexcept;

  /// The payload of a compressed frame: raw deflate, flushed, without its last four bytes 00 00 ff ff. Longer than an
  /// incompressible `payload`, which may then be sent unchanged in a frame without RSV1.
  std::string deflate(std::string_view payload);

private:
  struct closer {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, closer> stream_;
};

/// `message_deflater::deflate` for a single message.
std::string deflate_message(std::string_view payload, int level = default_deflate_level);

}  // namespace ability
