/// One client's WebSocket: the transport below the client's protocol.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/client/client_session_base.hpp"
#include "net/client/client_transport.hpp"
#include "net/http/client_protocol.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

/// Beast's stream exists only while the client sends: idle connections are parked, which saves most of their memory
/// (docs/decisions/0002-outbox-under-beast.md). Use on its lane only; alive as long as its actor refers to it or a read
/// is pending.
class websocket_session : public std::enable_shared_from_this<websocket_session>, public client_transport {
public:
  websocket_session(lane_context& where, upgrade_order order);
  ~websocket_session();

  /// Begins the session; its protocol decides when to answer the request.
  void begin();

  // -- client_transport
  std::string_view name() const noexcept final { return session().websocket_name(); }
  client_traffic traffic() const final { return outbox_->traffic(); }
  std::string peer_address() const final { return outbox_->peer_address(); }
  client_handshake describe() final;
  framing frames() const noexcept final { return deflate_ ? framing::websocket_deflated : framing::websocket; }
  bool open() final;
  bool refuse(refusal why) final;
  bool send(std::string_view message, content kind) final;
  bool write(frames_ptr frames) final;
  std::size_t queued() const noexcept final { return outbox_->queued(); }
  void drop_unsent() final { outbox_->drop_unsent(); }
  void end(std::uint16_t code, std::string_view reason, std::string_view farewell) final;
  void read_on() final;
  void rest() final;
  void prefetch_parts() const noexcept final;

protected:
  /// The protocol above it.
  virtual client_session_base& session() noexcept = 0;
  virtual const client_session_base& session() const noexcept = 0;

private:
  struct reader;     // Beast's stream and its buffer
  struct handshake;  // the request, until it is answered and described

  enum class state : std::uint8_t { handshaking, open, closed };

  bool upgrade();
  reader& make_reader();
  bool is_open() const;
  void wait_for_client();
  void hear();
  void wake();
  void read();
  void on_message();
  void on_error(boost::system::error_code error);
  bool park();
  bool refuse_to_wait();
  void lost(std::chrono::milliseconds patience, std::string_view reason = "client_gone", bool may_return = true);
  void finish(std::chrono::milliseconds patience);

  // Members touched by every push come first.
  outbox::pointer outbox_;
  std::unique_ptr<reader> reader_;
  state state_ = state::handshaking;
  bool inflate_ = false;    // the client may compress
  bool deflate_ = false;    // broadcasts may be compressed for it
  bool paused_ = true;      // nothing is read
  bool unheard_ = false;    // nothing received yet: keeps the handshake's reader for the first message
  bool described_ = false;  // the request can be freed once it is answered
  frame_boundary_scanner scanner_;
  std::unique_ptr<handshake> handshake_;
};

/// A WebSocket and the protocol above it, in one allocation.
template <class Session>
class websocket_client final : public websocket_session {
public:
  /// `args`: further arguments of the session, behind its transport.
  template <class... Ts>
  websocket_client(lane_context& where, upgrade_order order, Ts&&... args)
      : websocket_session{where, std::move(order)}, session_{*this, std::forward<Ts>(args)...} {}

private:
  client_session_base& session() noexcept override { return session_; }
  const client_session_base& session() const noexcept override { return session_; }

  Session session_;
};

/// Takes a connection over from HTTP for the protocol `Session`.
template <class Session, class... Ts>
void start_websocket(lane_context& where, upgrade_order order, Ts&&... args) {
  std::make_shared<websocket_client<Session>>(where, std::move(order), std::forward<Ts>(args)...)->begin();
}

}  // namespace ability
