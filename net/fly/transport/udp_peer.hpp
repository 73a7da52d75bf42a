/// One peer address of a UDP server.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/fly/transport/event_slot.hpp"
#include "net/fly/transport/transport.hpp"
#include "net/fly/transport/udp_server.hpp"

namespace ability::fly {

/// Ends when it is closed, after the idle time without packets, and with its server.
class udp_peer final : public transport, public std::enable_shared_from_this<udp_peer> {
public:
  /// `helo`: the bytes of its first packet, delivered after `start`. `by`: what it proved.
  udp_peer(std::shared_ptr<udp_server> server, const udp_server::endpoint& where, std::string_view helo,
           const udp_server::proof& by)
      : server_{std::move(server)},
        where_{where},
        helo_{helo},
        helo_hash_{hash_of(helo.substr(header_size))},
        cookie_{by.cookie},
        came_{by.now} {}

  executor get_executor() const override { return server_->get_executor(); }
  void start(events on) override;
  void send(std::string_view packets) override;
  std::size_t queued() const override { return 0; }
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }
  void close(std::string_view why) override;
  std::size_t max_buffer() const override { return server_->options().udp_buffer; }
  std::string peer() const override;

  /// Handles a packet from its address.
  void take(const packet& what);

  /// Handles `helo` as the first one if it is the same but for its cookie, and that was made before the client came:
  /// who waits for a cookie asks again, gets one for each time, and may use each. False: it is another client's.
  bool take_again(packet helo, const udp_server::proof& by);

  /// Ends the transport after its removal from the server's peers.
  void end(const std::string& why);

  /// True if `buffer` equals that of its first Helo, which clients repeat.
  bool began_with(std::string_view buffer) const noexcept { return hash_of(buffer) == helo_hash_; }

  std::chrono::steady_clock::time_point last_heard() const noexcept { return last_heard_; }

private:
  static std::size_t hash_of(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }
  void take_helo();

  std::shared_ptr<udp_server> server_;
  udp_server::endpoint where_;
  std::string helo_;
  std::size_t helo_hash_;
  std::string cookie_;
  std::chrono::system_clock::time_point came_;
  event_slot on_;
  bool paused_ = false;
  bool ended_ = false;
  std::chrono::steady_clock::time_point last_heard_ = std::chrono::steady_clock::now();
};

}  // namespace ability::fly
