/// A packet for a handler, before its arguments are extracted.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/fly/context.hpp"
#include "protocol/fly/serialize.hpp"

namespace ability::fly {

/// Deleter that tells a connection that `size` unhandled bytes were handled.
struct unload {
  std::size_t size = 0;
  void operator()(peer* from) const;
};

/// One packet on its way to a handler, with the way back for the answer.
class invocation {
public:
  /// `what` is complete and inflated; its buffer is only valid until `own` is called.
  invocation(fly::context from, const fly::packet& what, serializer how) noexcept
      : context_{std::move(from)}, packet_{what}, how_{how} {}

  fly::context& context() noexcept { return context_; }
  const fly::packet& packet() const noexcept { return packet_; }
  fly::payload payload() const noexcept { return {packet_.buffer, packet_.has(rpc_option::buffer), how_}; }

  /// Copies the buffer, so that this object may outlive the call. Its size counts as unhandled until it is destroyed.
  void own();

  /// Thread-safe. Sends the answer, if the caller expects one.
  void finish(answer what);

  /// Reports that the handler threw.
  void panicked(std::string_view why);

  /// Executor for the handler; set by `own`.
  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

private:
  fly::context context_;
  fly::packet packet_;
  serializer how_;
  std::vector<char> bytes_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<peer, unload> load_;
};

}  // namespace ability::fly
