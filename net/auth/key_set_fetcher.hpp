/// Download of a JWK Set by HTTPS.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "actors/auth/token_source.hpp"

namespace ability {

/// Sends each request on its own connection. The server's certificate must be issued by an authority of the system, or
/// of the file in the variable SSL_CERT_FILE. Use on the thread of `io`, which outlives this.
class key_set_fetcher final : public key_set_link {
public:
  static constexpr std::chrono::seconds time_limit{5};           ///< from the look-up of the host to the last byte
  static constexpr std::size_t max_size = std::size_t{1} << 18;  ///< bytes of the key set
  static constexpr std::size_t max_head = std::size_t{1} << 15;  ///< bytes of the response's headers

  explicit key_set_fetcher(boost::asio::io_context& io);
  ~key_set_fetcher() override;

  void fetch(const key_set_place& from, std::function<void(result<std::string>)> done) override;
  void stop() override;

private:
  class attempt;

  boost::asio::io_context& io_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  std::shared_ptr<attempt> under_way_;
};

}  // namespace ability
