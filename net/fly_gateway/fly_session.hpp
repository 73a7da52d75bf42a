/// One FlyRPC client of the daemon, whatever carries its packets.
/// Source: docs/protocols/flyrpc.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/connection/client_session.hpp"
#include "actors/interfaces.hpp"
#include "net/client/client_transport.hpp"
#include "net/fly_gateway/backend_link.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/timer_wheel.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

/// Packets in become commands for the connection actor (MQ), answers (Ping) or frames to a backend (RPC). Part of its
/// session, which is its wire; the actor holds both. Used on its lane only.
class fly_client final : public outbox, public backend_client, private stoppable, private wheel_timer {
public:
  /// The packet that says goodbye; `sequence` is that of the client's Helo, if that was not answered yet.
  static std::string farewell(fly::error_code why, std::string_view text, std::uint8_t sequence = 0);

  fly_client(edge& where, fly_wire& wire);
  ~fly_client() override;

  /// Spawns the actor. `self` is this, and keeps its session alive.
  void start(std::shared_ptr<outbox> self);

  /// Takes what the client sent: any piece of a stream of packets.
  void feed(std::string_view bytes);

  /// Takes a packet that the client sent.
  void take(const fly::packet& what);

  /// Whether more may be read now; else the wire is told when.
  bool wants_more() const;

  /// Whether the client may end its output here.
  bool between_packets() const noexcept { return reader_.between_packets(); }

  /// Bytes of a packet whose rest is yet to come.
  std::size_t unfinished_bytes() const noexcept { return reader_.held(); }

  /// Ends the connection for what the client does with its packets; 1008 or 1013 over WebSocket, as it may come back.
  void end_for_input(std::string_view why, bool may_come_back) {
    end(may_come_back ? fly::error_code::too_many : fly::error_code::bad_payload, why, may_come_back ? 1013 : 1008);
  }

  /// The socket is closed, by whomever and for whatever `reason`.
  void gone(std::string_view reason = "client_gone");

  /// Whether it was let in, or is still to be.
  bool is_alive() const noexcept { return state_ != state::closed; }
  const std::string& sid() const noexcept { return sid_; }

  // -- outbox
  encoding accept(std::string_view identity) override;
  void refuse(refusal why, const std::vector<std::string>& farewells) override;
  void expire_at(std::chrono::system_clock::time_point when) override;
  bool push(frames_ptr frames, std::uint64_t count) override;
  void welcome(std::string_view) override {}  // the answer to its Helo says all
  void transmit(std::string_view text) override;
  void confirm(const std::string& identifier) override;
  void reject(const std::string& identifier, std::string_view why) override;
  void settle(const std::string& identifier, bool subscribed) override;
  void drop(const client_command& said, std::string_view why) override;
  void slow_down(const client_command& said) override;
  void pong() override {}
  void command_done() override;
  void disconnect(std::string_view reason, bool reconnect) override;
  void finish() override;
  void abandon() override;
  std::string_view transport() const noexcept override { return wire_.transport(); }
  client_traffic traffic() const override { return wire_.traffic(); }
  void prefetch_parts() const noexcept override { wire_.prefetch_parts(); }

  // -- backend_client
  void from_backend(std::string_view bytes, shared_frames& shared) override;
  void backend_closed(std::string_view why) override;
  void backend_drained() override { go_on(); }

private:
  enum class state : std::uint8_t { silent, asking, open, closed };
  struct subscription {
    std::uint16_t alias;
    std::uint8_t sequence;
    bool answered = false;
    bool left = false;  // given up before it was answered, which it will be nevertheless
    std::string identifier;
  };
  // What the client said first.
  struct introduction {
    fly::helo_request helo;
    std::optional<std::uint8_t> sequence;  // of its Helo, if it said one that is not answered yet
    std::string said;                      // its Helo as it came, where that may come again
    std::string answer;                    // that it got
  };

  void on_timer() override;
  void refuse_late();
  void stop() override;
  bool must_wait() const;
  void go_on();

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
  void ask_in();
  void command(client_command said);
  void malformed(std::string_view why);

  // -- out
  void send(const fly::packet& what);
  void send_error(fly::packet about, const fly::remote_error& error);
  void answer_helo(fly::helo_reply reply);
  void repeat_answer(std::uint8_t sequence);
  void end(fly::error_code why, std::string_view text, std::uint16_t code);
  void close(std::uint16_t code, std::string_view reason);
  void forward(const fly::packet& what);
  void from_backend(const fly::packet& what);
  void schedule();

  void send_too_long(std::uint16_t alias, std::size_t size);
  std::vector<subscription>::iterator find(std::uint16_t alias);
  std::vector<subscription>::iterator find(std::string_view identifier);
  std::vector<subscription>::iterator first_unanswered(std::string_view identifier);

  edge& edge_;
  fly_wire& wire_;
  state state_ = state::silent;
  std::size_t pending_commands_ = 0;
  std::weak_ptr<outbox> self_;
  connection_actor actor_;            // null once it was told that the client is gone
  std::vector<subscription> wanted_;  // in the order they were asked for
  fly::packet_reader reader_;
  std::string held_;  // packets that came while the client had to wait
  std::unique_ptr<introduction> introduction_;
  std::shared_ptr<backend_link> backend_;
  fly::client_id backend_id_ = fly::link_id;
  fly::packet_reader backend_reader_;
  std::chrono::system_clock::time_point expires_ = std::chrono::system_clock::time_point::max();
  std::string sid_;
};

}  // namespace ability
