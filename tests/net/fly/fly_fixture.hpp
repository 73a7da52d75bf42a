/// Both ends of FlyRPC transports in one event loop, and raw sockets to misbehave with.
#pragma once

#include <stdlib.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "net/fly/transport/dial.hpp"
#include "net/fly/transport/listen.hpp"

namespace ability::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline std::string bytes_of(const fly::packet& what) {
  std::string out;
  fly::append_packet(out, what);
  return out;
}

inline std::string message(std::uint16_t command, std::string_view buffer) {
  return bytes_of({.command = command, .buffer = buffer});
}

/// One end, with the events of its transport.
struct fly_end {
  fly::transport_ptr transport;
  std::vector<std::string> got;        ///< the bytes of each packet
  std::vector<std::string> closed;     ///< the reason of each `on_closed`
  std::function<void()> then = [] {};  ///< called with each packet

  ~fly_end() {
    if (transport != nullptr)
      transport->close();
  }

  void start() {
    transport->start({.on_packet =
                          [this](const fly::packet& what) {
                            got.push_back(bytes_of(what));
                            then();
                          },
                      .on_closed = [this](const std::string& why) { closed.push_back(why); }});
  }
  void send(const std::string& packets) const { transport->send(packets); }
};

/// Certificates for `localhost` and 127.0.0.1, generated for the test.
struct certificates {
  std::filesystem::path folder;

  certificates() {
    auto pattern = (std::filesystem::temp_directory_path() / "ability_fly_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder = pattern;
    for (const std::string name : {"own", "other"}) {
      const auto command =
          "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
          "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
          file(name + ".key") + " -out " + file(name + ".pem") + " 2>/dev/null";
      if (std::system(command.c_str()) != 0)
        throw std::runtime_error("openssl makes no certificate");
    }
  }
  ~certificates() { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name) const { return (folder / name).string(); }
};

struct fly_fixture {
  asio::io_context io;
  fly::listen_options serving;
  fly::dial_options dialling;
  std::unique_ptr<fly::listener> server;
  std::vector<std::unique_ptr<fly_end>> accepted;  ///< already started
  std::unique_ptr<fly::dialing> attempt;
  std::optional<certificates> files;

  ~fly_fixture() {
    accepted.clear();
    server.reset();
    attempt.reset();
    io.restart();
    io.poll();
  }

  template <class Predicate>
  bool run_until(Predicate reached, std::chrono::milliseconds limit = 15s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!reached() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(10ms);
    }
    return reached();
  }

  /// Configures certificates on both sides.
  void use_tls() {
    files.emplace();
    serving.certificate_file = files->file("own.pem");
    serving.key_file = files->file("own.key");
    dialling.ca_file = files->file("own.pem");
  }

  /// Listens at `text`; false, with the reason in `refusal`, if that fails.
  bool listen(const std::string& text) {
    auto made =
        fly::listen(io.get_executor(), *fly::parse_address(text), serving, [this](fly::transport_ptr transport) {
          accepted.push_back(std::make_unique<fly_end>());
          accepted.back()->transport = std::move(transport);
          accepted.back()->start();
        });
    if (made)
      server = std::move(*made);
    else
      refusal = made.error();
    return server != nullptr;
  }

  /// A transport to `where`; null, with the reason in `refusal`, if that fails.
  fly::transport_ptr dial(const fly::address& where) {
    std::optional<fly::dial_result> ended;
    attempt = fly::async_dial(io.get_executor(), where, dialling,
                              [&](fly::dial_result result) { ended.emplace(std::move(result)); });
    run_until([&] { return ended.has_value(); });
    if (!ended)
      refusal = "dialling does not end";
    else if (!*ended)
      refusal = ended->error();
    return ended && *ended ? std::move(**ended) : nullptr;
  }

  std::string refusal;
};

/// A plain TCP connection of a test, for sending and receiving raw bytes.
struct raw_tcp {
  asio::ip::tcp::socket socket;
  std::string got;
  bool ended = false;

  raw_tcp(fly_fixture& of, std::uint16_t port) : socket{of.io} {
    socket.connect({asio::ip::address_v4::loopback(), port});
    socket.set_option(asio::ip::tcp::no_delay{true});
  }

  void send(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }

  /// Reads the available bytes.
  void poll() {
    boost::system::error_code error;
    socket.non_blocking(true);
    std::array<char, 65'536> into;
    while (!error)
      got.append(into.data(), socket.read_some(asio::buffer(into), error));
    socket.non_blocking(false);
    ended = ended || error != asio::error::would_block;
  }
};

}  // namespace ability::test
