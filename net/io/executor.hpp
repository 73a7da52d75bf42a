/// The executor of a connection.
#pragma once

#include <boost/asio/io_context.hpp>

namespace ability::fly {

/// The executor of one event loop, run by one thread at a time. A connection stays on its loop.
using executor = boost::asio::io_context::executor_type;

}  // namespace ability::fly
