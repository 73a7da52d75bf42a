#include "net/lane/coalescing_stream.hpp"

namespace ability {

namespace {

constexpr std::chrono::milliseconds patience{2'000};

}  // namespace

void teardown(boost::beast::role_type, coalescing_stream& stream, boost::system::error_code& error) {
  error = {};
  stream.target().begin_drain(patience);
}

void beast_close_socket(coalescing_stream& stream) { stream.target().close(); }

}  // namespace ability
