/// The servers of a gRPC application: their addresses, one channel to each, and the round-robin among them.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/app/reachability.hpp"
#include "anycable.grpc.pb.h"
#include "net/app/grpc_app_transport.hpp"

namespace ability {

/// One address of the application.
struct grpc_server {
  std::string name;  ///< `host:port` as configured, for messages
  boost::asio::ip::tcp::endpoint address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<anycable::RPC::Stub> stub;
};

/// Looks names up at the first call. Later calls look them up again `look_again` after the last look-up if no server is
/// connected, and after `refresh` in any case, so that servers follow their names. Calls take turns among connected
/// servers.
///
/// gRPC's own `round_robin` is not used: that of 1.51 (Debian 12 and 13) uses a null subchannel when a server accepts
/// the connection and answers in HTTP/1.1. It takes neither a list of names nor addresses of both families. One channel
/// per address with `pick_first` reports such a failure by name. Call all functions on the thread of `io`.
class grpc_servers final : public std::enable_shared_from_this<grpc_servers> {
public:
  static constexpr std::size_t max_servers = 256;  ///< addresses; further ones are not used
  static constexpr std::chrono::seconds look_again{1};
  static constexpr std::chrono::seconds refresh{30};

  /// A server, or a sentence with the reason why there is none.
  using picked = boost::system::result<std::shared_ptr<grpc_server>, std::string>;

  grpc_servers(boost::asio::io_context& io, const grpc_app_endpoint& where);

  /// Calls `then` once with the next server of the round-robin: immediately if one is known, else after the look-up of
  /// the names, within `timeout`.
  void pick(std::chrono::milliseconds timeout, std::function<void(picked)> then);

  /// Returns `up` if any server is connected, `unknown` if one may be soon. Makes the others connect.
  reachability state();

  /// The servers as configured, separated by commas. `why_away`: the reason why none of them is connected.
  std::string names() const;
  std::string why_away() const;

  /// Ends all waiting calls of `pick`.
  void stop();

private:
  using clock = std::chrono::steady_clock;
  using addresses = boost::asio::ip::tcp::resolver::results_type;

  struct place {
    grpc_app_endpoint::server where;
    std::vector<boost::asio::ip::tcp::endpoint> found;  // of the last successful look-up
    std::string trouble;                                // error of the last look-up
  };
  struct waiter {
    std::function<void(picked)> then;  // null once it was called or timed out
    boost::asio::steady_timer timer;
  };

  void look_up_if_due();
  void look_up(place& which);
  void looked_up(place& which, const boost::system::error_code& error, const addresses& found);
  void use_what_was_found();
  std::shared_ptr<grpc_server> make_server(const place& from, const boost::asio::ip::tcp::endpoint& address) const;
  picked next();
  void end_waiting();
  bool any_connected() const;
  std::string trouble() const;  // the reason why no server is known

  boost::asio::io_context& io_;
  const grpc_app_endpoint where_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  boost::asio::ip::tcp::resolver resolver_;
  std::vector<place> places_;
  std::vector<std::shared_ptr<grpc_server>> servers_;
  std::vector<std::shared_ptr<waiter>> waiting_;
  std::size_t turn_ = 0;
  std::size_t looking_ = 0;  // names with a look-up under way
  clock::time_point looked_{};
  bool has_names_ = false;
  bool stopped_ = false;
};

}  // namespace ability
