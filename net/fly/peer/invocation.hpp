/// A packet for a handler, before its arguments are extracted.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "net/fly/peer/peer.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/serialize.hpp"

namespace ability::fly {

/// Deleter that tells a connection that `size` unhandled bytes were handled.
struct unload {
  std::size_t size = 0;
  void operator()(peer* from) const { from->unload(size); }
};

/// One packet on its way to a handler, with the way back for the answer.
class invocation {
public:
  /// `what` is complete and inflated; its buffer is only valid until `own` is called.
  invocation(std::shared_ptr<peer> from, const fly::packet& what, serializer how) noexcept
      : from_{std::move(from)}, packet_{what}, how_{how} {}

  const std::shared_ptr<peer>& from() const noexcept { return from_; }
  const fly::packet& packet() const noexcept { return packet_; }
  fly::payload payload() const noexcept { return {packet_.buffer, packet_.has(rpc_option::buffer), how_}; }

  /// Copies the buffer, so that this object may outlive the call. Its size counts as unhandled until it is destroyed.
  /// The first call is on the event loop's thread; further ones do nothing.
  void own();

  /// Thread-safe. Sends the answer, if the caller expects one.
  void finish(answer what);

  /// Reports that the handler threw.
  void panicked(std::string_view why);

  /// Executor for the handler; set by `own`.
  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

private:
  std::shared_ptr<peer> from_;
  fly::packet packet_;
  serializer how_;
  std::vector<char> bytes_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<peer, unload> load_;
};

/// Handles the packets of one command.
using packet_handler = std::function<void(invocation&)>;

}  // namespace ability::fly
