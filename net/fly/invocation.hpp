/// What a handler gets, before it is taken apart.
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

/// Tells a connection that what it let wait was handled.
struct unload {
  std::size_t size = 0;
  void operator()(peer* from) const;
};

/// One packet on its way to a handler, and the way back.
class invocation {
public:
  /// `what` is whole and inflated; its buffer is only valid until `own`.
  invocation(fly::context from, const fly::packet& what, serializer how) noexcept
      : context_{std::move(from)}, packet_{what}, how_{how} {}

  fly::context& context() noexcept { return context_; }
  const fly::packet& packet() const noexcept { return packet_; }
  fly::payload payload() const noexcept { return {packet_.buffer, packet_.has(rpc_option::buffer), how_}; }

  /// Copies the buffer, so that this may outlive the call. Until it is destroyed, its size counts as unhandled.
  void own();

  /// Any thread. Sends the answer, if one is due.
  void finish(answer what);

  /// The handler threw.
  void panicked(std::string_view why);

  /// Once it is owned: where it is to run.
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
