/// Packets back to back over TCP or TLS.
/// Source: docs/protocols/flyrpc.md "Transports".
#pragma once

#include <memory>
#include <string>

#include "net/fly/transport/event_slot.hpp"
#include "net/fly/transport/transport.hpp"
#include "net/io/byte_stream.hpp"

namespace ability::fly {

/// Reads into a buffer shared by all connections of a thread, so that an idle connection needs none.
class stream_transport final : public transport, public std::enable_shared_from_this<stream_transport> {
public:
  /// `stream` has completed its handshake.
  stream_transport(byte_stream_ptr stream, profile how);
  ~stream_transport() override;

  executor get_executor() const override { return stream_->get_executor(); }
  void start(events on) override;
  void send(std::string_view packets) override { stream_->write(packets); }
  std::size_t queued() const override { return stream_->queued(); }
  void pause() override { paused_ = true; }
  void resume() override;
  void close(std::string_view why) override;
  std::size_t max_buffer() const override { return fly::max_buffer; }
  std::string peer() const override;

private:
  void wait();
  void read();
  void feed(std::string_view bytes);
  void deliver_held();
  void end(const std::string& why);

  byte_stream_ptr stream_;
  event_slot on_;
  profile how_;
  packet_reader reader_;
  std::string held_;  // packets read before `pause` was called
  bool paused_ = false;
  bool reading_ = false;  // waiting for bytes, or delivering those just read
};

}  // namespace ability::fly
