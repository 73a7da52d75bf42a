/// One connection after its handshake, and its path to CAF:
///
///     network ── TLS ── byte_stream ── basp_filter ── socket pair ── CAF's BASP broker
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <caf/actor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/cluster/node_id_pool.hpp"
#include "net/cluster/tunnel_state.hpp"
#include "net/io/byte_stream.hpp"
#include "net/lane/timer_wheel.hpp"
#include "protocol/basp/basp_filter.hpp"

namespace ability {

/// The state of a connection at the end of its handshake.
struct tunnel_entry {
  tunnel_common_ptr common;
  std::shared_ptr<socket_count> count;
  fly::byte_stream_ptr stream;
  std::string received;  ///< bytes of BASP that were received already
  std::chrono::steady_clock::time_point deadline;
};

/// Lives until the connection has ended. Each direction is read only as fast as its receiver reads: at most
/// `max_waiting` bytes and one piece are buffered in each.
class tunnel_connection final : public std::enable_shared_from_this<tunnel_connection>,
                                public tunnel_session,
                                private wheel_timer {
public:
  static constexpr std::size_t max_waiting = std::size_t{256} << 10;
  /// Time for CAF to forward messages that an actor sent before it closed.
  static constexpr std::chrono::milliseconds linger{200};

  /// Starts a connection with a node that has dialled us: publishes `link` to it.
  static void let_in(tunnel_entry entry, const link_actor& link);

  /// Starts a connection with a node that we have dialled.
  static void join(tunnel_entry entry, const link_actor& link);

  /// Starts a connection with a monitoring program that has sent its handshake: spawns and publishes its monitor
  /// session. Until that admits the program, the connection may be closed to make room, like one in its handshake.
  static void attach_program(tunnel_entry entry);

  void stop(bool gently) override;

  /// Implement `peer_connection`.
  const std::string& peer() const noexcept { return peer_; }
  std::uint64_t bytes_sent() const noexcept;
  void message_handled();
  bool admit();
  void close(std::string_view why);

private:
  enum class kind : std::uint8_t { accepted_node, dialled_node, program };
  enum class state : std::uint8_t { open, lingering, closed };

  tunnel_connection(tunnel_entry entry, kind what, const node_id_pool::lease& id);

  static std::shared_ptr<tunnel_connection> make(tunnel_entry& entry, kind what, std::string& why_not);
  void begin(caf::actor whom);
  void publish();
  void connect();
  bool take_socket(const caf_bridge::join_result& made);
  void joined(const caf::actor& remote, const std::string& why_not);
  void note_established();
  void tell_link();
  peer_connection_ptr make_handle();

  // From the network to CAF.
  void read_network();
  void receive_from_network();
  void feed(std::string_view bytes);
  void write_to_caf();
  bool must_pause();
  void on_stalled();

  // From CAF to the network.
  void read_caf();
  void receive_from_caf();

  void on_timer() override;
  void fail(tunnel_refusal why, const std::string& detail);
  void lose(const std::string& why);
  void tell_closed(const std::string& why);
  void finish();
  node_id_pool& ids() noexcept { return kind_ == kind::program ? common_->program_ids : common_->node_ids; }

  const tunnel_common_ptr common_;
  std::shared_ptr<socket_count> count_;
  const kind kind_;
  const std::string peer_;
  const node_id_pool::lease id_;
  const std::chrono::steady_clock::time_point deadline_;
  fly::byte_stream_ptr stream_;
  basp_filter filter_;
  boost::asio::basic_stream_socket<boost::asio::local::stream_protocol, fly::executor> caf_;
  int handle_ = -1;    // CAF's, once it is attached
  caf::actor actor_;   // the link or the monitor session
  caf::actor remote_;  // of a node that we have dialled, once CAF knows it
  state state_ = state::open;
  bool established_ = false;
  bool admitted_ = false;  // a program
  bool told_ = false;      // the link knows that it is up
  bool reading_network_ = false;
  bool reading_caf_ = false;
  bool writing_caf_ = false;
  std::string to_caf_;
  std::size_t taken_by_caf_ = 0;  // bytes of to_caf_
  std::uint64_t dropped_ = 0;
  std::uint64_t handled_ = 0;
  std::uint64_t written_ = 0;  // bytes from CAF to the network
  std::optional<std::chrono::steady_clock::time_point> stalled_since_;
};

}  // namespace ability
