#include "net/fly/transport/listen.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <type_traits>
#include <utility>

#include "net/fly/transport/tcp_listener.hpp"
#include "net/fly/transport/udp_server.hpp"
#include "net/io/resolve_address.hpp"
#include "net/io/tls.hpp"

namespace ability::fly {

namespace asio = boost::asio;

using boost::system::error_code;

namespace {

// Owner of a listener's implementation, which itself lives until its last operation has ended.
template <class Impl>
class owner final : public listener {
public:
  explicit owner(std::shared_ptr<Impl> impl) : impl_{std::move(impl)} {}
  ~owner() override { impl_->close(); }

  address local() const override { return impl_->local(); }
  void close() override { impl_->close(); }
  listener_counters counters() const override { return impl_->counters(); }

private:
  std::shared_ptr<Impl> impl_;
};

std::string cannot(const address& where, error_code why) {
  const auto remedy = listen_remedy(why);
  return "cannot listen at " + to_string(where) + ": " + why.message() + (remedy.empty() ? "" : "; ") + remedy;
}

template <class Impl>
listen_result open(std::shared_ptr<Impl> impl, const asio::ip::address& host, const address& where) {
  using protocol = std::conditional_t<std::is_same_v<Impl, udp_server>, asio::ip::udp, asio::ip::tcp>;
  if (const auto error = impl->open(typename protocol::endpoint{host, where.port}))
    return cannot(where, error);
  return std::unique_ptr<listener>{std::make_unique<owner<Impl>>(std::move(impl))};
}

// For all carriers over TCP. One of the two functions is set.
listen_result listen_tcp(const executor& on, const asio::ip::address& host, const address& where,
                         listen_options options, std::function<void(transport_ptr)> on_accept,
                         std::function<void(byte_stream_ptr)> on_stream) {
  std::shared_ptr<const tls_context> tls;
  if (where.carrier == carrier::tls || where.carrier == carrier::wss) {
    if (options.certificate_file.empty() || options.key_file.empty())
      return "cannot listen at " + to_string(where) + ": it needs a certificate; name its PEM file and that of its key";
    auto loaded = tls_context::for_server(options.certificate_file, options.key_file);
    if (!loaded)
      return "cannot listen at " + to_string(where) + ": " + loaded.error();
    tls = std::move(*loaded);
  }
  auto made = std::make_shared<tcp_listener>(on, where, std::move(options), std::move(tls), std::move(on_accept));
  made->hand_out_streams(std::move(on_stream));
  return open(std::move(made), host, where);
}

}  // namespace

std::string listen_remedy(const error_code& why) {
  if (why == asio::error::address_in_use)
    return "another program listens there, take another port";
  if (why == asio::error::access_denied)
    return "ports below 1024 need privileges";
  if (why == error_code{EADDRNOTAVAIL, boost::system::system_category()})
    return "this machine does not have that address";
  return {};
}

listen_result listen(const executor& on, const address& where, listen_options options,
                     std::function<void(transport_ptr)> on_accept) {
  error_code error;
  const auto host = resolve_address(where.host, error);
  if (error)
    return cannot(where, error) + "; check the name";
  if (where.carrier == carrier::udp)
    return open(std::make_shared<udp_server>(on, where, std::move(options), std::move(on_accept)), host, where);
  return listen_tcp(on, host, where, std::move(options), std::move(on_accept), nullptr);
}

listen_result listen_streams(const executor& on, const address& where, listen_options options,
                             std::function<void(byte_stream_ptr)> on_stream) {
  if (where.carrier != carrier::tcp && where.carrier != carrier::tls)
    return "cannot listen at " + to_string(where) + ": this is for tcp:// and tls:// only";
  error_code error;
  const auto host = resolve_address(where.host, error);
  if (error)
    return cannot(where, error) + "; check the name";
  return listen_tcp(on, host, where, std::move(options), nullptr, std::move(on_stream));
}

}  // namespace ability::fly
