/// The event loop that a connection runs on.
#pragma once

#include <boost/asio/io_context.hpp>

namespace ability::fly {

/// Of one event loop, which one thread runs at a time. All of a connection runs there.
using executor = boost::asio::io_context::executor_type;

}  // namespace ability::fly
