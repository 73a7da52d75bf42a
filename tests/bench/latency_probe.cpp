#include "tests/bench/latency_probe.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace ability::load {

namespace {

constexpr std::string_view stamp = R"("t":)";
constexpr std::size_t padding = 60;

}  // namespace

std::string stamped_message() {
  return R"({"x":")" + std::string(padding, 'x') + R"(",)" + std::string{stamp} + std::to_string(now_ns()) + "}";
}

latency_probe::latency_probe(const client_script& script) : socket_{connect_to(script.port)} {
  send_all(socket_.get(), "GET " + script.path +
                              " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                              std::string{handshake_key} + "\r\nSec-WebSocket-Protocol: " + script.subprotocol +
                              "\r\n\r\n" + client_frame(script.subscribe, script.subscribe_as));
  std::string seen;
  while (seen.find(script.ready) == std::string::npos) {
    char bytes[4'096];
    const auto n = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (n <= 0)
      throw std::runtime_error{"a subscriber was not let in: " + seen.substr(0, 60)};
    seen.append(bytes, static_cast<std::size_t>(n));
  }
}

void latency_probe::on_readable() {
  char bytes[65'536];
  const auto n = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN))
    throw std::runtime_error{"the server closed a subscriber's connection"};
  if (n < 0)
    return;
  const auto now = now_ns();
  frames_.read({bytes, static_cast<std::size_t>(n)}, [&](std::string_view piece) { text_ += piece; });
  std::size_t from = 0;
  for (;;) {
    const auto at = text_.find(stamp, from);
    const auto end = at == std::string::npos ? at : text_.find('}', at);
    if (end == std::string::npos)
      break;
    const auto published = std::strtoll(text_.c_str() + at + stamp.size(), nullptr, 10);
    latencies_ms_.push_back(static_cast<float>(static_cast<double>(now - published) / 1e6));
    from = end;
  }
  text_.erase(0, from);
}

}  // namespace ability::load
