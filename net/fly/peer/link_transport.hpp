/// Transport of one client over the link to its gateway.
/// Source: docs/protocols/flyrpc.md "Link between a gateway and a backend".
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/fly/transport/transport.hpp"
#include "protocol/fly/mux.hpp"

namespace ability::fly {

class gateway_link;

/// Client id 0 is the link itself: closing it closes the link.
class link_client final : public transport, public std::enable_shared_from_this<link_client> {
public:
  /// Bytes buffered while paused; beyond, the client is closed, as the link must not wait for one client.
  static constexpr std::size_t max_held = std::size_t{1} << 20;

  link_client(std::shared_ptr<gateway_link> of, client_id id);

  executor get_executor() const override { return on_; }
  void start(events on) override { events_ = std::move(on); }
  void send(std::string_view packets) override;
  std::size_t queued() const override;  ///< of the whole link
  void pause() override { paused_ = true; }
  void resume() override;
  void close(std::string_view why) override;
  std::size_t max_buffer() const override { return fly::max_buffer; }
  std::string peer() const override { return peer_; }

  client_id id() const noexcept { return id_; }

  /// Null after it was closed.
  const std::shared_ptr<gateway_link>& link() const noexcept { return link_; }

  // -- called by the link ---

  /// Handles a piece of the client's byte stream.
  void take(std::string_view bytes);

  /// Handles the client's close by the other side, or the loss of the link.
  void gone(const std::string& why);

private:
  void deliver(const packet& what);

  std::shared_ptr<gateway_link> link_;
  executor on_;
  client_id id_;
  std::string peer_;
  events events_;
  packet_reader reader_;
  bool paused_ = false;
  std::string held_;
};

}  // namespace ability::fly
