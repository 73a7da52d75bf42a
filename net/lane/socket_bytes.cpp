#include "net/lane/socket_bytes.hpp"

// Not <netinet/tcp.h>, included by Asio: its structure lacks fields of later kernels.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace ability {

std::optional<socket_bytes> bytes_of(int descriptor) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_notsent_bytes) + sizeof info.tcpi_notsent_bytes)
    return std::nullopt;
  // The SYN counts as one byte.
  return socket_bytes{info.tcpi_bytes_received, info.tcpi_bytes_acked - (info.tcpi_bytes_acked > 0 ? 1 : 0),
                      info.tcpi_notsent_bytes};
}

}  // namespace ability
