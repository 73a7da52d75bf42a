// A swarm of WebSocket clients on one epoll and one thread: cheap, so that the generator does not limit the figures.
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

/// Messages that a client sends to be accepted, and the reply that tells it that it is.
struct client_script {
  std::uint16_t port = 0;
  std::string path = "/";
  std::string subprotocol;  ///< empty: none is offered
  std::string subscribe;    ///< sent as one frame after the handshake; empty: no frame
  frame_kind subscribe_as = frame_kind::text;
  char separator = '\0';   ///< stands between messages in one frame, and in none of them; 0: frames are not joined
  std::string ready;       ///< text whose receipt means that the client is accepted; empty: the handshake is enough
  std::string greeting{};  ///< text that the client awaits before it sends its frames; empty: it awaits none
  /// Path that client number `i` requests instead of `path`, and frames that it sends instead of `subscribe`. It is
  /// accepted once `ready` came as often. Empty: all do the same.
  std::function<std::string(std::size_t i)> path_of{};
  std::function<std::vector<std::string>(std::size_t i)> subscribe_each{};
  /// Called when client number `i` is accepted, with the payloads of all that it was sent so far. Empty: no call.
  std::function<void(std::size_t i, const std::string& text)> accepted{};
};

/// Clients of one server. Source addresses are 127.0.0.2 and following, 2,500 clients each, so ports do not run out.
/// Connections are reset, not closed, when the swarm is destroyed: no TIME_WAIT is left behind.
class ws_clients {
public:
  /// `receive_buffer`: SO_RCVBUF in bytes, 0 for the system's own; small for clients that are to stall.
  explicit ws_clients(client_script script, int receive_buffer = 0);

  /// Opens `count` more clients, at most `at_once` handshakes at a time. Returns when all are accepted. Throws if one
  /// is refused, or after 60 s.
  void connect(std::size_t count, std::size_t at_once = 128);

  /// Opens `count` more clients and returns when all have sent their request, without waiting for a reply.
  void knock(std::size_t count);

  /// Sets SO_RCVBUF of every client, e.g. for stalled clients that are now to catch up.
  void set_receive_buffer(int bytes);

  /// Also calls `on_readable` when `fd` is readable (level-triggered). For the publisher.
  void watch(int fd, std::function<void()> on_readable);

  /// As `unit`: each frame is a message.
  static constexpr std::size_t by_frame = 0;

  /// From now on a message is `unit` payload bytes; earlier counts are reset. Keeps the first message that the first
  /// client receives, or 1,000 bytes of the first ones `by_frame`, for `first_message`.
  void start_counting(std::size_t unit);
  /// Also calls `on_text` with each piece of a payload that client number `i` receives from now on. Null: no longer.
  void listen(std::function<void(std::size_t i, std::string_view piece)> on_text) { on_text_ = std::move(on_text); }
  /// Sets the time of publication of the messages that arrive from now on.
  void published() { published_at_ = now_ns(); }
  /// Handles events until `done()`; false if that took longer than `timeout_ms`.
  bool run_until(const std::function<bool()>& done, int timeout_ms);

  /// Waits until `bytes` lie unread in the socket of each client. Checks one client every 0.2 ms, to leave the machine
  /// to the server. False if that took longer than `timeout_ms`.
  bool wait_unread(std::size_t bytes, int timeout_ms) const;

  std::size_t size() const { return clients_.size(); }
  std::size_t closed() const { return closed_; }            ///< by the server
  std::uint64_t delivered() const { return delivered_; }    ///< complete messages, all clients, since `start_counting`
  std::uint64_t wire_bytes() const { return wire_bytes_; }  ///< bytes of these, frame headers included
  const std::string& first_message() const { return first_message_; }
  /// Nanoseconds from `published` to receipt, one per delivered message.
  std::vector<float>& latencies() { return latencies_; }

private:
  enum class stage : std::uint8_t { connecting, upgrading, greeting, subscribing, in, closed };
  struct client {
    descriptor socket;
    frame_reader frames;
    stage at = stage::connecting;
    std::uint8_t awaited = 1;   // replies until it is accepted
    std::uint64_t payload = 0;  // bytes since it was accepted
    std::uint64_t counted = 0;  // bytes of it in complete messages, or `frames.messages()` that were counted
    std::string text;           // only until it is accepted
  };

  void open_one();
  void poll(int timeout_ms);
  void on_event(client& c, std::uint32_t events);
  void send_request(client& c);
  void set_up(client& c, std::string_view bytes);
  void send_commands(client& c);
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
  std::function<void(std::size_t, std::string_view)> on_text_;
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
