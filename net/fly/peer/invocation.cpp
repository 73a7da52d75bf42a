#include "net/fly/peer/invocation.hpp"

#include <string>

#include "net/fly/peer/engine.hpp"

namespace ability::fly {

void invocation::own() {
  if (load_)
    return;
  const auto size = packet_.buffer.size() + peer::overhead;
  executor_ = from_->load(size);
  load_ = {from_.get(), unload{size}};
  bytes_.assign(packet_.buffer.begin(), packet_.buffer.end());
  packet_.buffer = {bytes_.data(), bytes_.size()};
}

void invocation::finish(answer what) {
  if (what.has_error() || *what || (packet_.has(rpc_option::ack) && from_->acks()))
    from_->reply(packet_.command, packet_.sequence, std::move(what));
}

void invocation::panicked(std::string_view why) {
  from_->shared().log("the handler of command " + std::to_string(packet_.command) + " threw: " + std::string{why});
  finish(remote_error{error_code::handler_panic});
}

}  // namespace ability::fly
