/// A multiplexed server, and gateways that the test operates, stepped by the test.
#pragma once

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/fly/multiplexed_server.hpp"
#include "protocol/fly/link_proof.hpp"
#include "protocol/fly/mux.hpp"

namespace ability::fly {

/// One link, from the gateway's side.
class gateway {
public:
  struct frame {
    std::vector<client_id> targets;
    std::string buffer;
  };

  gateway(boost::asio::io_context& io, std::uint16_t port) : socket_{io} {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    read();
  }

  void put(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  void put(const packet& what) { put(bytes_of(what)); }
  void put(client_id id, std::string_view bytes) {
    std::string out;
    append_frames(out, std::array{id}, bytes);
    put(out);
  }
  void put(client_id id, const packet& what) { put(id, bytes_of(what)); }
  void helo(const helo_request& what) { put({.type = subtype::helo, .buffer = encode_helo(what)}); }
  void close() { socket_.close(); }

  static std::string bytes_of(const packet& what) {
    std::string out;
    append_packet(out, what);
    return out;
  }

  /// Packets received before `framed`; later ones arrive as frames.
  std::vector<std::pair<packet, std::string>> packets;
  std::vector<frame> frames;
  bool framed = false;
  bool closed = false;

  /// All bytes that were received for a client.
  std::string to(client_id id) const {
    std::string all;
    for (const auto& each : frames)
      for (const auto target : each.targets)
        all += target == id ? each.buffer : "";
    return all;
  }
  int closes(client_id id) const {
    int count = 0;
    for (const auto& each : frames)
      count += each.buffer.empty() && each.targets == std::vector{id};
    return count;
  }

private:
  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_), [this](boost::system::error_code error, std::size_t size) {
      if (error == boost::asio::error::operation_aborted)
        return;
      in_.append(buffer_.data(), size);
      take();
      closed = error.failed();
      if (!error)
        read();
    });
  }
  void take() {
    while (!framed) {
      const auto next = first_packet(in_);
      if (!next)
        return;
      packets.emplace_back(*next, next->buffer);
      in_.erase(0, size_of(*next));
      framed = packets.size() == 2 && !packets.back().first.has(helo_option::error);
    }
    while (const auto next = first_frame(in_)) {
      frames.push_back({{next->targets.begin(), next->targets.end()}, std::string{next->buffer}});
      in_.erase(0, next->size);
    }
  }

  boost::asio::ip::tcp::socket socket_;
  std::array<char, 65'536> buffer_;
  std::string in_;
};

struct gateway_fixture {
  boost::asio::io_context io;
  multiplexed_server_options how;
  std::optional<multiplexed_server> server;
  std::uint16_t port = 0;
  std::string heard;

  gateway_fixture() {
    how.io = &io;
    how.workers = 0;
    how.secret = "shared";
    how.node_name = "backend-1";
  }
  ~gateway_fixture() {
    server.reset();
    io.poll();
  }

  void serve() {
    server.emplace(how);
    server->on_message(1, [](const nlohmann::json& v) { return v; });
    server->on_connect([this](context& c) { heard += "+" + c.identity(); });
    server->on_close([this](context& c) { heard += "-" + c.identity(); });
    port = server->listen("tcp://127.0.0.1:0").value().port;
  }

  template <class F>
  bool run_until(F&& reached, std::chrono::milliseconds most = std::chrono::seconds{8}) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!reached() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds{1});
    }
    return reached();
  }
  void settle() {
    run_until([] { return false; }, std::chrono::milliseconds{20});
  }

  /// A link that is open.
  std::unique_ptr<gateway> link() {
    auto made = std::make_unique<gateway>(io, port);
    made->helo({.role = "gateway", .nonce = "n"});
    run_until([&] { return !made->packets.empty(); });
    const auto reply = decode_helo_reply(made->packets.at(0).second).value();
    made->helo({.role = "gateway", .proof = link_proof(how.secret, "gateway", "n", reply.nonce)});
    run_until([&] { return made->packets.size() == 2; });
    return made;
  }

  /// Has a client enter, as gateways do.
  static void enter(gateway& over, client_id id, const std::string& who) {
    over.put(id, {.type = subtype::helo, .buffer = encode_helo(helo_request{.session = "s" + who, .identity = who})});
  }
};

}  // namespace ability::fly
