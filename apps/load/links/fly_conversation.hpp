/// A FlyRPC connection of a virtual client or publisher, over any carrier.
/// Source: docs/protocols/flyrpc.md "Helo".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "apps/load/links/lane_parts.hpp"
#include "net/fly/transport/dial.hpp"
#include "protocol/fly/packet.hpp"

namespace ability::load {

/// Replaces `fly::client`, which cannot stop reading and does not report why a router ended the connection.
/// All functions are called on the lane. A callback may close it, but not destroy it.
class fly_conversation {
public:
  class user {
  public:
    virtual void on_open() = 0;                           ///< the Helo was answered
    virtual void on_packet(const fly::packet& what) = 0;  ///< a packet of the subtype `mq`, or a pong
    virtual void on_broken(const std::string& why) = 0;   ///< the last call
  protected:
    ~user() = default;
  };

  /// `positions`: asks for them ahead of messages; a server that has none is of no use.
  fly_conversation(lane_parts& parts, user& whose, bool positions = false)
      : parts_{parts}, user_{whose}, positions_{positions} {}
  fly_conversation(const fly_conversation&) = delete;
  fly_conversation& operator=(const fly_conversation&) = delete;
  ~fly_conversation() { close(); }

  /// Begins to connect over FlyRPC's own carriers or WebSocket, depending on the URL. Closes the previous connection.
  void connect(const endpoint& to);

  /// Sends a packet; has no effect unless it is open.
  void send(const fly::packet& what);
  /// The longest buffer of a packet. REQUIRES that it is open.
  std::size_t max_buffer() const { return transport_->max_buffer(); }

  void pause();
  void resume();

  /// Closes the connection. No callback follows.
  void close();

  bool is_open() const noexcept { return open_; }
  /// True if packets may be lost.
  bool loses_packets() const noexcept { return datagrams_; }

private:
  void dialed(fly::dial_result result);
  void say_helo();
  void take(const fly::packet& what);
  void take_helo(const fly::packet& what);
  void fail(const std::string& why);

  lane_parts& parts_;
  user& user_;
  const bool positions_;
  std::string url_;
  std::unique_ptr<fly::dialing> dialing_;
  fly::transport_ptr transport_;
  std::string cookie_;
  std::string nonce_;  // tells it from an earlier client at the same address
  std::unique_ptr<timer_ticket> limit_;
  std::unique_ptr<timer_ticket> again_;
  bool datagrams_ = false;
  bool open_ = false;
  bool paused_ = false;
};

}  // namespace ability::load
