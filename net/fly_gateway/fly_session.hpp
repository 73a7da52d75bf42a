/// One FlyRPC client of the daemon, over any transport.
/// Source: docs/protocols/flyrpc.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/client/client_session_base.hpp"
#include "net/fly_gateway/backend_place.hpp"
#include "net/fly_gateway/client_streams.hpp"
#include "net/fly_gateway/farewell.hpp"
#include "net/fly_gateway/held_packets.hpp"
#include "net/fly_gateway/introduction.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

/// Turns packets into commands for the connection actor (MQ), answers (Ping) or frames to a backend (RPC).
class fly_session final : public client_session_base, public backend_client, private stream_host {
public:
  explicit fly_session(client_transport& transport);

  void start(std::shared_ptr<client_session> self) override;
  bool speaks_first() const noexcept override { return true; }
  std::size_t max_message() const noexcept override { return fly::max_packet; }
  std::string_view websocket_name() const noexcept override { return "flyrpc_websocket"; }
  void on_message(std::string_view bytes, client_transport::content kind) override;
  bool wants_more() const noexcept override;
  void refuse_input(std::uint16_t code, std::string_view why) override;

  /// Handles any piece of a stream of packets.
  void feed(std::string_view bytes);

  /// Handles one packet.
  void take(const fly::packet& what);

  /// True if the client may end its output here.
  bool between_packets() const noexcept { return reader_.between_packets(); }

  /// True if messages of streams have a position ahead.
  bool has_positions() const noexcept { return positions_; }

  /// Bytes of a packet that was received in part.
  std::size_t unfinished_bytes() const noexcept { return reader_.held(); }

  // -- client_session
  void tell(const client_reply& what) override;
  void close(const close_reason& why) override;

  // -- backend_client
  void from_backend(std::string_view bytes, shared_frames& shared) override;
  void backend_closed(std::string_view why) override;
  void backend_drained() override { go_on(); }

private:
  void on_accepted(std::string_view identity, bool restores) override;
  const wire_format& format() const noexcept override;
  void on_refused(refusal why, const std::vector<std::string>& farewells) override;
  void on_late() override;
  void on_gone() override { backend_.give_up(); }
  bool has_asked() const noexcept { return introduction_ == nullptr || introduction_->is_asked; }
  bool must_wait() const noexcept;
  void go_on() override;

  // -- stream_host
  stream_terms terms() const noexcept override;
  void send_packet(const fly::packet& what) override;
  void command(client_command said) override { client_session_base::command(std::move(said)); }
  void malformed(std::string_view why) override { client_session_base::malformed(why); }

  void handle(const fly::packet& what);
  void handle_ping(const fly::packet& what);
  void handle_helo(const fly::packet& what);
  void handle_rpc(const fly::packet& what);
  void introduce();
  bool join_backend(std::string_view identity);
  void from_backend(const fly::packet& what);

  void send_error(fly::packet about, const fly::remote_error& error);
  void grant(fly::helo_reply reply);
  void answer_helo();
  void welcome(const reply::welcome& back);
  void go_on_soon();
  void repeat_answer(std::uint8_t sequence);
  void transmit(std::string_view text);
  void end_with(const farewell& last);

  std::weak_ptr<client_session> self_;
  client_streams streams_;
  fly::packet_reader reader_;
  held_packets held_;
  bool positions_ = false;
  std::unique_ptr<introduction> introduction_;  // null once it is answered and cannot come again
  backend_place backend_;
  fly::packet_reader backend_reader_;
};

}  // namespace ability
