#include "net/fly/peer/stream_subscriptions.hpp"

#include <utility>

namespace ability::fly {

std::optional<remote_error> stream_subscriptions::start(call_table::call& what, std::string_view stream) {
  if (unanswered_.full())
    return remote_error{error_code::too_many, "too many subscriptions are under way"};
  const auto alias = what.command;
  const auto sequence = unanswered_.start(std::move(what));
  out_.write({subtype::mq, mq_option::subscribe, alias, sequence, stream});
  return std::nullopt;
}

bool stream_subscriptions::receive(const packet& what) {
  if (what.options == mq_option::confirm || what.options == mq_option::reject) {
    const auto found = unanswered_.finish(what.command, what.sequence);
    if (found.who && what.options == mq_option::confirm)
      found.who->done(payload{});
    else if (found.who)
      found.who->done(remote_error{error_code::forbidden, std::string{what.buffer}});
    else if (what.options == mq_option::reject && engine_.on_reject)
      engine_.on_reject(what.command, what.buffer);
    return true;
  }
  if ((what.options & ~mq_option::compressed) != 0 || !engine_.on_stream)
    return false;
  std::string inflated;
  packet whole = what;
  if (inflate(terms_, whole, inflated))
    engine_.on_stream(whole.command, whole.buffer);
  return true;
}

}  // namespace ability::fly
