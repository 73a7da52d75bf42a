// A swarm of WebSocket clients on one epoll and one thread: cheap, so that the generator is not what is measured.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/posix.hpp"
#include "tests/bench/wire.hpp"

namespace ability::load {

/// What a client says to come in, and how it knows that it is in.
struct client_script {
  std::uint16_t port = 0;
  std::string path = "/";
  std::string subprotocol;  ///< empty: none is offered
  std::string subscribe;    ///< sent as one frame after the handshake; empty: nothing is
  frame_kind subscribe_as = frame_kind::text;
  char separator = '\0';  ///< stands between messages in one frame, and in none of them; 0: frames are not joined
  std::string ready;      ///< the client is in once this text came; empty: with the handshake
  /// What client number `i` asks for instead of `path`, and sends instead of `subscribe`, a frame each; it is in once
  /// `ready` came as often. Empty: all do the same.
  std::function<std::string(std::size_t i)> path_of{};
  std::function<std::vector<std::string>(std::size_t i)> subscribe_each{};
};

/// N clients of one server. Source addresses are 127.0.0.2 and following, 2,500 clients each, so ports do not run out.
/// Connections are reset, not closed, when the swarm goes: no TIME_WAIT is left behind.
class ws_clients {
public:
  /// `receive_buffer`: SO_RCVBUF in bytes, 0 for the system's own; small for clients that are to stall.
  explicit ws_clients(client_script script, int receive_buffer = 0);

  /// Opens `count` more clients, at most `at_once` handshakes at a time. Returns when all are in.
  /// Throws if one is refused, or when 60 s are over.
  void connect(std::size_t count, std::size_t at_once = 128);

  /// Opens `count` more clients and returns when all have asked to come in, whatever becomes of it.
  void knock(std::size_t count);

  /// Gives every client another SO_RCVBUF, e.g. for those that stalled and now are to catch up.
  void set_receive_buffer(int bytes);

  /// Also calls `on_readable` when `fd` is (level-triggered). For the publisher.
  void watch(int fd, std::function<void()> on_readable);

  /// From now on a message is `unit` payload bytes, and what was counted before is forgotten. Keeps the first message
  /// that the first client gets, for `first_message`.
  void start_counting(std::size_t unit);
  /// What arrives from now on was published now.
  void published() { published_at_ = now_ns(); }
  /// Handles what comes until `done()`; false if that took longer than `timeout_ms`.
  bool run_until(const std::function<bool()>& done, int timeout_ms);

  /// Waits until `bytes` lie in the socket of each client, and reads none of it. The server has the machine meanwhile:
  /// this looks at one client every 0.2 ms. False if that took longer than `timeout_ms`.
  bool wait_unread(std::size_t bytes, int timeout_ms) const;

  std::size_t size() const { return clients_.size(); }
  std::size_t closed() const { return closed_; }            ///< by the server
  std::uint64_t delivered() const { return delivered_; }    ///< whole messages, all clients, since `start_counting`
  std::uint64_t wire_bytes() const { return wire_bytes_; }  ///< the same in bytes, frame headers included
  const std::string& first_message() const { return first_message_; }
  /// Nanoseconds from `published` to receipt, one per delivered message.
  std::vector<float>& latencies() { return latencies_; }

private:
  enum class stage : std::uint8_t { connecting, upgrading, subscribing, in, closed };
  struct client {
    descriptor socket;
    frame_reader frames;
    stage at = stage::connecting;
    std::uint8_t awaited = 1;   // answers until it is in
    std::uint64_t payload = 0;  // bytes since it came in
    std::uint64_t counted = 0;  // of them in whole messages
    std::string text;           // only until it is in
  };

  void open_one();
  void poll(int timeout_ms);
  void on_event(client& c, std::uint32_t events);
  void send_request(client& c);
  void set_up(client& c, std::string_view bytes);
  void read_frames_in_setup(client& c, std::string_view bytes);
  void receive(client& c, bool to_the_end);
  void count(client& c, std::string_view bytes);
  void close(client& c);
  std::size_t number_of(const client& c) const { return static_cast<std::size_t>(&c - clients_.data()); }

  client_script script_;
  int receive_buffer_;
  descriptor epoll_;
  std::vector<client> clients_;
  std::vector<epoll_event> events_;
  std::vector<char> buffer_;
  std::function<void()> on_watched_;
  std::size_t in_ = 0;
  std::size_t asked_ = 0;
  std::size_t closed_ = 0;
  std::size_t unit_ = 1;
  std::int64_t published_at_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t wire_bytes_ = 0;
  std::string first_message_;
  std::vector<float> latencies_;
};

}  // namespace ability::load
