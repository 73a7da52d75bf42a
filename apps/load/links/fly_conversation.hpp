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

/// Not `fly::client`: that one cannot stop reading, and does not tell why a router ended the connection.
/// All functions are called on the lane. It may be closed by what it calls, but not destroyed.
class fly_conversation {
public:
  class user {
  public:
    virtual void on_open() = 0;                           ///< the Helo was answered
    virtual void on_packet(const fly::packet& what) = 0;  ///< of the subtype `mq`, or a pong
    virtual void on_broken(const std::string& why) = 0;   ///< the last
  protected:
    ~user() = default;
  };

  fly_conversation(lane_parts& parts, user& whose) : parts_{parts}, user_{whose} {}
  fly_conversation(const fly_conversation&) = delete;
  fly_conversation& operator=(const fly_conversation&) = delete;
  ~fly_conversation() { close(); }

  /// Begins to connect, over FlyRPC's own carriers or WebSocket, as the URL says. What there was is closed.
  void connect(const endpoint& to);

  /// Nothing happens unless it is open.
  void send(const fly::packet& what);
  /// The longest buffer that can be sent. REQUIRES that it is open.
  std::size_t max_buffer() const { return transport_->max_buffer(); }

  void pause();
  void resume();

  /// Tells nothing from now on.
  void close();

  bool is_open() const noexcept { return open_; }
  /// Packets may be lost.
  bool loses_packets() const noexcept { return datagrams_; }

private:
  void dialed(fly::dial_result result);
  void say_helo();
  void take(const fly::packet& what);
  void take_helo(const fly::packet& what);
  void fail(const std::string& why);

  lane_parts& parts_;
  user& user_;
  std::string url_;
  std::unique_ptr<fly::dialing> dialing_;
  fly::transport_ptr transport_;
  std::string cookie_;
  std::unique_ptr<timer_ticket> limit_;
  std::unique_ptr<timer_ticket> again_;
  bool datagrams_ = false;
  bool open_ = false;
  bool paused_ = false;
};

}  // namespace ability::load
