// Servers that FlyRPC is measured with: the library's server, the library's backend, and the same echo without it.
//   fly_servers server PORT    fly::server: command 1 returns its message
//   fly_servers backend PORT   fly::multiplexed_server, the same; clients that sent command 2 all receive the message
//                              of command 3 in one frame for all, that of command 4 in a frame each
//   fly_servers plain PORT     two bytes of length, then the message, read one after the other
//   fly_servers batched PORT   the same bytes, all available messages at once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/fly/multiplexed_server.hpp"
#include "net/fly/server.hpp"
#include "tests/bench/bare_echo.hpp"

namespace ability::load {

namespace {

using tcp = boost::asio::ip::tcp;

std::string url(const std::string& port) { return "tcp://127.0.0.1:" + port; }

fly::raw copy(std::span<const std::byte> message) {
  return {{reinterpret_cast<const char*>(message.data()), message.size()}};
}

void run_backend(const std::string& port) {
  boost::asio::io_context io{1};
  fly::multiplexed_server_options options;
  options.io = &io;
  options.workers = 0;
  fly::multiplexed_server server{options};
  std::vector<fly::context> joined;
  server.on_message(1, [](std::span<const std::byte> message) { return message; });
  server.on_message(2, [&](fly::context& who) {
    joined.push_back(who);
    return fly::raw{};
  });
  server.on_message(3, [&](std::span<const std::byte> message) {
    if (const auto sent = server.broadcast(joined, 3, copy(message)); !sent)
      std::cerr << "fly_servers: " << to_string(sent.error()) << '\n';
  });
  server.on_message(4, [&](std::span<const std::byte> message) {
    for (const auto& each : joined)
      each.send_message(4, copy(message));
  });
  if (const auto where = server.listen(url(port)); !where)
    throw std::runtime_error{where.error().detail};
  io.run();
}

void run_server(const std::string& port) {
  boost::asio::io_context io{1};
  fly::server_options options;
  options.io = &io;
  options.workers = 0;
  fly::server server{options};
  server.on_message(1, [](std::span<const std::byte> message) { return message; });
  if (const auto where = server.listen(url(port)); !where)
    throw std::runtime_error{where.error().detail};
  io.run();
}

void accept_all(tcp::acceptor& acceptor, bare_style style) {
  acceptor.async_accept([&acceptor, style](boost::system::error_code error, tcp::socket socket) {
    const auto answer = [](auto& from, std::string_view message) { from.queue(message); };
    if (!error)
      std::make_shared<bare_echo<decltype(answer)>>(std::move(socket), style, answer)->start();
    accept_all(acceptor, style);
  });
}

void run_bare(const std::string& port, bare_style style) {
  boost::asio::io_context io{1};
  tcp::acceptor acceptor{
      io, {boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::atoi(port.c_str()))}};
  accept_all(acceptor, style);
  io.run();
}

}  // namespace

}  // namespace ability::load

int main(int argc, char** argv) {
  using namespace ability::load;
  const std::string mode = argc == 3 ? argv[1] : "";
  try {
    if (mode == "server")
      run_server(argv[2]);
    else if (mode == "backend")
      run_backend(argv[2]);
    else if (mode == "plain")
      run_bare(argv[2], bare_style::plain);
    else if (mode == "batched")
      run_bare(argv[2], bare_style::batched);
  } catch (const std::exception& e) {
    std::cerr << "fly_servers: " << e.what() << '\n';
    return 1;
  }
  std::cerr << "Usage: fly_servers server|backend|plain|batched PORT\n";
  return 2;
}
