/// The address of a host to listen at.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <string>

namespace ability::fly {

/// The address that `host` is, or the first one that its name has. Blocks while a name is looked up. On failure sets
/// `error`; the address is then unspecified.
boost::asio::ip::address resolve_address(const std::string& host, boost::system::error_code& error);

}  // namespace ability::fly
