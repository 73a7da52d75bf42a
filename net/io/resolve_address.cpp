#include "net/io/resolve_address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace ability::fly {

namespace asio = boost::asio;

asio::ip::address resolve_address(const std::string& host, boost::system::error_code& error) {
  auto literal = asio::ip::make_address(host, error);
  if (!error)
    return literal;
  asio::io_context io;
  const auto found = asio::ip::tcp::resolver{io}.resolve(host, "", error);
  return error ? asio::ip::address{} : found.begin()->endpoint().address();
}

}  // namespace ability::fly
