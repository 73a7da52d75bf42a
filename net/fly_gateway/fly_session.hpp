/// One FlyRPC client of the daemon, over any transport.
/// Source: docs/protocols/flyrpc.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/client/client_session_base.hpp"
#include "net/fly_gateway/backend_link.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

/// Turns packets into commands for the connection actor (MQ), answers (Ping) or frames to a backend (RPC).
class fly_session final : public client_session_base, public backend_client {
public:
  /// The closing packet; `sequence` is that of the client's Helo if it is still unanswered.
  static std::string farewell(fly::error_code why, std::string_view text, std::uint8_t sequence = 0);

  explicit fly_session(client_transport& transport);
  ~fly_session() override;

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
  struct subscription {
    std::uint16_t alias;
    std::uint8_t sequence;
    bool answered = false;
    bool left = false;  // unsubscribed before the answer, which is sent nevertheless
    std::string identifier;
  };
  using subscriptions = std::vector<subscription>;
  // The client's first packet and its answer.
  struct introduction {
    fly::helo_request helo;
    std::optional<std::uint8_t> sequence;  // of its Helo, if that is unanswered
    std::string said;                      // its Helo as received, where it may come again
    std::string answer;                    // the answer to it
  };

  void on_accepted(std::string_view identity) override;
  const wire_format& format() const noexcept override;
  void on_refused(refusal why, const std::vector<std::string>& farewells) override;
  void on_late() override;
  void on_gone() override;
  bool must_wait() const noexcept;
  void go_on() override;

  // -- in
  void handle_in_turn(const fly::packet& what);
  void handle(const fly::packet& what);
  void handle_ping(const fly::packet& what);
  void handle_helo(const fly::packet& what);
  void handle_rpc(const fly::packet& what);
  void handle_mq(const fly::packet& what);
  void subscribe(const fly::packet& what);
  void unsubscribe(const fly::packet& what);
  void publish(const fly::packet& what);
  void introduce();
  bool join_backend(std::string_view identity);

  // -- out
  void send_packet(const fly::packet& what);
  void send_error(fly::packet about, const fly::remote_error& error);
  void answer_helo(fly::helo_reply reply);
  void repeat_answer(std::uint8_t sequence);
  void end_with(fly::error_code why, std::string_view text, std::uint16_t code);
  void forward(const fly::packet& what);
  void from_backend(const fly::packet& what);

  void transmit(std::string_view text);
  void confirm(subscriptions::iterator by);
  void reject(subscriptions::iterator by, std::string_view why);
  void reject_transmitted(std::string_view identifier);
  void settle(subscriptions::iterator by, bool subscribed);
  void drop(const client_command& said, std::string_view why);
  void send_too_long(std::uint16_t alias, std::size_t size);
  subscriptions::iterator find(std::uint16_t alias);
  subscriptions::iterator find(std::string_view identifier);
  subscriptions::iterator first_unanswered(std::string_view identifier);
  subscriptions::iterator unanswered(std::uint32_t tag);

  bool asked_ = false;  // the client has introduced itself
  std::weak_ptr<client_session> self_;
  subscriptions wanted_;  // in the order of the requests
  fly::packet_reader reader_;
  std::string held_;  // packets received while the client had to wait
  std::unique_ptr<introduction> introduction_;
  std::shared_ptr<backend_link> backend_;
  fly::client_id backend_id_ = fly::link_id;
  fly::packet_reader backend_reader_;
};

}  // namespace ability
