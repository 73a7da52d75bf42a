// The publishing side: one connection to a server, and its encoding of messages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/posix.hpp"

namespace ability::load {

/// Publishes to the one stream of the bench. Encoding is apart from sending, so that it is not part of a latency.
class publisher {
public:
  virtual ~publisher() = default;

  /// The bytes that publish all of `messages`, to be sent in one write.
  virtual std::string encode(const std::vector<std::string>& messages) const = 0;
  /// Sends the result of `encode`. `settled` is false until the server has answered all of it.
  void send(const std::string& encoded, std::size_t messages);
  /// Reads answers; call it when `fd` is readable. Throws if the server refused a message or closed the connection.
  void on_readable();
  bool settled() const { return unanswered_ == 0; }
  /// Reads until all is answered. Throws if that takes longer than 10 s.
  void settle();
  int fd() const { return socket_.get(); }

protected:
  explicit publisher(std::uint16_t port) : socket_{connect_to(port)} {}
  /// Number of answers to one `send` of this many messages.
  virtual std::size_t answers_to(std::size_t messages) const = 0;
  /// Removes complete answers from the front of `input`; returns their number.
  virtual std::size_t take_answers(std::string& input) = 0;

  descriptor socket_;

private:
  std::string input_;
  std::size_t unanswered_ = 0;
};

/// Speaks to `bare_server`'s control port, and keeps the durations of its send loops.
class bare_publisher : public publisher {
public:
  explicit bare_publisher(std::uint16_t control_port) : publisher{control_port} {}
  std::string encode(const std::vector<std::string>& messages) const override;
  /// Nanoseconds that each send to all sockets took, in the order of the sends.
  std::vector<double>& loop_ns() { return loop_ns_; }

protected:
  std::size_t answers_to(std::size_t) const override { return 1; }
  std::size_t take_answers(std::string& input) override;

private:
  std::vector<double> loop_ns_;
};

/// Posts over one kept-alive HTTP connection.
class http_publisher : public publisher {
public:
  /// Data for one stream.
  struct publication {
    std::string stream;
    std::string message;
  };
  enum class body {
    publications,  ///< abilityd: one POST with a publication, or with a JSON array of them
    raw            ///< Nchan: one POST per message, pipelined
  };
  http_publisher(std::uint16_t port, std::string path, body kind)
      : publisher{port}, path_{std::move(path)}, kind_{kind} {}
  std::string encode(const std::vector<std::string>& messages) const override;
  /// One POST to `abilityd` with one publication, which is not in an array.
  std::string encode_one(const publication& one) const;
  /// One POST to `abilityd` with all of `publications`, which `send` counts as one message.
  std::string encode_array(const std::vector<publication>& publications) const;

protected:
  std::size_t answers_to(std::size_t messages) const override { return kind_ == body::raw ? messages : 1; }
  std::size_t take_answers(std::string& input) override;

private:
  std::string request(std::string_view body) const;

  std::string path_;
  body kind_;
};

/// A plain NATS client; its publications are not answered.
class nats_publisher : public publisher {
public:
  explicit nats_publisher(std::uint16_t port);
  std::string encode(const std::vector<std::string>& messages) const override;

protected:
  std::size_t answers_to(std::size_t) const override { return 0; }
  std::size_t take_answers(std::string& input) override;
};

/// Speaks MQTT with QoS 0: its publications are not answered.
class mqtt_publisher : public publisher {
public:
  explicit mqtt_publisher(std::uint16_t port);
  std::string encode(const std::vector<std::string>& messages) const override;

protected:
  std::size_t answers_to(std::size_t) const override { return 0; }
  std::size_t take_answers(std::string& input) override;
};

/// Speaks to `uws_server` over a WebSocket, as its clients do; its publications are not answered.
class uws_publisher : public publisher {
public:
  explicit uws_publisher(std::uint16_t port);
  std::string encode(const std::vector<std::string>& messages) const override;

protected:
  std::size_t answers_to(std::size_t) const override { return 0; }
  std::size_t take_answers(std::string& input) override;
};

/// MQTT 3.1.1: the packet that opens a connection without a name and without a keep-alive.
std::string mqtt_connect();
/// MQTT packet with `message` for the topic `s`, the same from a publisher and to a subscriber.
std::string mqtt_publish(const std::string& message);

/// Payload of the frame that an Action Cable subscriber of a stream receives for `message` (JSON).
std::string action_cable_payload(std::string_view message, const std::string& stream = "s");

}  // namespace ability::load
