/// The servers of a gRPC application: their addresses, a channel to each, and whose turn it is.
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
  std::string name;  ///< `host:port` as it was given, for people
  boost::asio::ip::tcp::endpoint address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<anycable::RPC::Stub> stub;
};

/// Looks names up when the first call comes, again at the first call `look_again` after a look-up if no server is
/// connected, and `refresh` after it in any case, so that servers come and go with their names. Calls take turns among
/// the servers that are connected.
///
/// Not gRPC's own `round_robin`: that of 1.51 (Debian 12 and 13) uses a null subchannel when a server takes the
/// connection and answers in HTTP/1.1, and it takes no list of names or of both families. So there is one channel per
/// address, each with `pick_first`, which names such a failure. All functions run on the thread of `io`.
class grpc_servers final : public std::enable_shared_from_this<grpc_servers> {
public:
  static constexpr std::size_t max_servers = 256;  ///< addresses; more of a name are not used
  static constexpr std::chrono::seconds look_again{1};
  static constexpr std::chrono::seconds refresh{30};

  /// A server, or a sentence that says why there is none.
  using picked = boost::system::result<std::shared_ptr<grpc_server>, std::string>;

  grpc_servers(boost::asio::io_context& io, const grpc_app_endpoint& where);

  /// Calls `then` once with the server whose turn it is: at once, or, if none is known yet, when the names were looked
  /// up, within `timeout`.
  void pick(std::chrono::milliseconds timeout, std::function<void(picked)> then);

  /// Whether any server is connected; `unknown` while none is, and one may be soon. Has those that are not connect.
  reachability state();

  /// The servers as they were given, with commas between, and why none of them is connected.
  std::string names() const;
  std::string why_away() const;

  /// Ends what waits in `pick`.
  void stop();

private:
  using clock = std::chrono::steady_clock;
  using addresses = boost::asio::ip::tcp::resolver::results_type;

  struct place {
    grpc_app_endpoint::server where;
    std::vector<boost::asio::ip::tcp::endpoint> found;  // those of the last look-up that found any
    std::string trouble;                                // of the last look-up
  };
  struct waiter {
    std::function<void(picked)> then;  // null once it waits no more
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
  std::string trouble() const;  // why no server is known

  boost::asio::io_context& io_;
  const grpc_app_endpoint where_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  boost::asio::ip::tcp::resolver resolver_;
  std::vector<place> places_;
  std::vector<std::shared_ptr<grpc_server>> servers_;
  std::vector<std::shared_ptr<waiter>> waiting_;
  std::size_t turn_ = 0;
  std::size_t looking_ = 0;  // names that are being looked up
  clock::time_point looked_{};
  bool has_names_ = false;
  bool stopped_ = false;
};

}  // namespace ability
