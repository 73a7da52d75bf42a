/// A connection to a tunnel that sends arbitrary bytes. Include behind tunnel_fixture.hpp.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tests/net/cluster/tunnel_fixture.hpp"

namespace ability::test {

class raw_client {
public:
  explicit raw_client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client() { ::close(socket_); }

  bool connected() const noexcept { return connected_; }
  int native() const noexcept { return socket_; }

  /// True if all bytes were accepted by the socket.
  bool send(std::string_view bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  /// Half-closes: no more bytes follow.
  void end() const { ::shutdown(socket_, SHUT_WR); }

  /// Reads until there are `size` bytes, or the end of the connection.
  std::string read(std::size_t size) {
    std::string got;
    while (got.size() < size && !ended_) {
      std::array<char, 4'096> buffer;
      pollfd what{socket_, POLLIN, 0};
      if (::poll(&what, 1, static_cast<int>(std::chrono::milliseconds{patience}.count())) != 1)
        break;
      const auto n = ::recv(socket_, buffer.data(), std::min(buffer.size(), size - got.size()), 0);
      if (n <= 0)
        ended_ = true;
      else
        got.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return got;
  }

  /// True if the other end closes; `last` holds the bytes before.
  bool await_end() {
    last = read(std::string::npos);
    return ended_;
  }

  /// The next greeting of the handshake; nothing if it is none.
  std::optional<handshake_message> read_handshake() {
    const auto head = read(handshake_header_size);
    if (head.size() < handshake_header_size)
      return std::nullopt;
    std::size_t size = 0;
    for (const char each : head)
      size = size << 8 | static_cast<unsigned char>(each);
    auto got = decode_handshake_message(read(size));
    return got ? std::optional{std::move(*got)} : std::nullopt;
  }

  std::string last;

private:
  int socket_;
  bool connected_ = false;
  bool ended_ = false;
};

/// The header of a BASP message.
inline std::string basp_header(char operation, std::uint32_t size, std::uint64_t data = 0, std::uint64_t source = 0,
                               std::uint64_t dest = 0) {
  std::string out{operation, 0, 0, 0};
  const auto put = [&out](std::uint64_t value, int bytes) {
    while (bytes-- > 0)
      out += static_cast<char>((value >> (8 * bytes)) & 0xff);
  };
  put(size, 4);
  put(data, 8);
  put(source, 8);
  put(dest, 8);
  return out;
}

/// The first message of a CAF program.
inline std::string basp_hello() {
  std::array<char, 20> host{};
  host.fill('h');
  const auto id = make_basp_node_id(4711, host);
  return basp_header(1, static_cast<std::uint32_t>(id.size())) + std::string{id.data(), id.size()};
}

}  // namespace ability::test
