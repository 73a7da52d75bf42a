/// A backend's end of the link to a gateway.
/// Source: docs/protocols/flyrpc.md "Link between a gateway and a backend".
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/link_transport.hpp"
#include "net/io/byte_stream.hpp"
#include "protocol/fly/mux.hpp"

namespace ability::fly {

class gateway_link;

/// State shared by the links of one backend. Used on the event loop's thread.
struct link_registry {
  link_registry(std::shared_ptr<fly::engine> of, std::string secret_, std::string node_)
      : engine{std::move(of)}, secret{std::move(secret_)}, node{std::move(node_)} {}

  const std::shared_ptr<fly::engine> engine;
  const std::string secret;  ///< empty: no secret
  const std::string node;
  std::unordered_set<std::shared_ptr<gateway_link>> links;  ///< open or opening
  std::atomic<std::size_t> open = 0;                        ///< number of open links; any thread
  std::atomic<std::size_t> posted = 0;                      ///< bytes of broadcasts posted to the loop; any thread
};

/// Opens with two Helos, each answered; the second one proves the secret. Must be open within `opening_timeout`. Then
/// each client is a separate transport with its own peer.
class gateway_link final : public std::enable_shared_from_this<gateway_link> {
public:
  static constexpr std::chrono::milliseconds opening_timeout{3'000};
  static constexpr std::chrono::milliseconds queue_check{10};

  gateway_link(std::shared_ptr<link_registry> among, byte_stream_ptr stream);
  gateway_link(const gateway_link&) = delete;
  gateway_link& operator=(const gateway_link&) = delete;

  void start();

  executor get_executor() const { return stream_->get_executor(); }
  const std::string& peer() const noexcept { return peer_; }
  std::size_t queued() const noexcept { return stream_->queued(); }

  bool is_congested() const noexcept { return congested_; }

  /// The link's own peer, for calls to the gateway; null unless the link is open.
  const std::shared_ptr<fly::peer>& itself() const noexcept { return itself_; }

  /// Queues `bytes` once for all of `targets`.
  void send(std::span<const client_id> targets, std::string_view bytes);

  /// Closes a client that has released its pointer to the link. Its id is free after the gateway has closed it, too.
  void close(client_id id);

  /// Ends the link and all its clients.
  void end(const std::string& why);

private:
  enum class state : std::uint8_t { silent, greeted, open, ended };
  struct place {
    std::shared_ptr<link_client> client;
    bool closing = false;     // closed here, not yet by the gateway
    std::uint64_t frame = 0;  // last frame received for it; ignores duplicate targets
  };

  void wait();
  void read();
  void on_bytes();
  void on_helo(const packet& what);
  void greet(const packet& what);
  void greet_back(const packet& what, const helo_reply& reply);
  void admit(const packet& what);
  void refuse(const packet& what, const remote_error& why);
  void on_frame(const mux_frame& frame);
  void on_piece(client_id id, std::string_view bytes);
  std::shared_ptr<link_client> open(client_id id, bool is_link);
  void check_queue();

  const std::shared_ptr<link_registry> among_;
  byte_stream_ptr stream_;
  const std::string peer_;
  steady_timer timer_;
  state state_ = state::silent;
  bool reading_ = false;
  bool congested_ = false;
  std::string in_;
  std::string gateway_nonce_;
  std::string nonce_;
  std::shared_ptr<fly::peer> itself_;
  std::vector<place> places_;  // indexed by client id
  std::uint64_t frames_ = 0;
  std::size_t last_frame_ = std::string::npos;  // its offset in the queue
};

}  // namespace ability::fly
