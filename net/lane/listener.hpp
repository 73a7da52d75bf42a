/// The listener: accepts connections and distributes them to the lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/io/acceptor.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"
#include "net/lane/socket_place.hpp"

namespace ability {

/// The certificate for new connections, if any; the listener's lane may replace it at run time.
struct tls_slot {
  std::shared_ptr<const fly::tls_context> identity;
};

/// One listening socket, on one lane, whose connections go to all lanes in turn. Use on that lane, except `open`.
class listener final : public std::enable_shared_from_this<listener>, public fly::acceptor_user {
public:
  using endpoint = fly::acceptor::endpoint;

  /// Starts the session of a new connection, on its lane.
  using handler = void (*)(lane_context& where, outbox::pointer connection, service serves);

  /// The first of `lanes` accepts, all get connections in turn. `tls` null: no TLS.
  listener(std::vector<lane_context*> lanes, service serves, std::shared_ptr<tls_slot> tls, handler start);

  /// Binds and listens. Call before the lanes run, or on the first lane.
  boost::system::error_code open(const endpoint& where);

  /// The address it listens at.
  endpoint local() const { return acceptor_.local(); }

  /// Begins to accept. Call before the lanes run, or on the first lane.
  void start() { acceptor_.start(shared_from_this()); }

  /// Stops accepting.
  void close() { acceptor_.close(); }

private:
  void on_accept(outbox::socket_type socket) override;
  void on_accept_failure() override;
  fly::executor executor_of_next(const fly::executor& own) override;
  bool has_room();
  socket_place count_in();

  void begin(lane_context& where, outbox::socket_type socket, socket_place place,
             const std::shared_ptr<const fly::tls_context>& identity) const;
  void open(lane_context& where, outbox::socket_type socket, socket_place place,
            const std::shared_ptr<const fly::tls_context>& identity, std::string client) const;

  std::vector<lane_context*> lanes_;
  std::size_t next_ = 0;
  service serves_;
  handler start_;
  std::shared_ptr<tls_slot> tls_;
  fly::acceptor acceptor_;
  bool complained_ = false;
};

}  // namespace ability
