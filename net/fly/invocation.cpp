#include "net/fly/invocation.hpp"

namespace ability::fly {

void unload::operator()(peer* from) const { from->unload(size); }

void invocation::own() {
  if (load_)
    return;
  const auto size = packet_.buffer.size() + peer::overhead;
  executor_ = context_.connection()->load(size);
  load_ = {context_.connection().get(), unload{size}};
  bytes_.assign(packet_.buffer.begin(), packet_.buffer.end());
  packet_.buffer = {bytes_.data(), bytes_.size()};
}

void invocation::finish(answer what) {
  const auto& from = context_.connection();
  if (what.has_error() || *what || (packet_.has(rpc_option::ack) && from->acks()))
    from->reply(packet_.command, packet_.sequence, std::move(what));
}

void invocation::panicked(std::string_view why) {
  context_.connection()->shared().log("the handler of command " + std::to_string(packet_.command) +
                                      " threw: " + std::string{why});
  finish(remote_error{error_code::handler_panic});
}

}  // namespace ability::fly
