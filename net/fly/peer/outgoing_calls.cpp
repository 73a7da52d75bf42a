#include "net/fly/peer/outgoing_calls.hpp"

#include <algorithm>
#include <utility>

namespace ability::fly {

std::optional<remote_error> outgoing_calls::start(call_table::call& what, encoded message) {
  const auto size = message.bytes.size();
  if (!numbers_.full()) {
    begin({std::move(what), std::move(message)});
  } else if (waiting_bytes_ + size > most_waiting_) {
    return remote_error{error_code::too_many, "too many calls wait for a number"};
  } else {
    waiting_bytes_ += size;
    waiting_.push_back({std::move(what), std::move(message)});
  }
  return std::nullopt;
}

void outgoing_calls::begin(waiting what) {
  const auto command = what.call.command;
  const auto sequence = numbers_.start(std::move(what.call));
  out_.write_rpc(terms_.acks ? rpc_option::ack : 0, command, sequence, what.message);
}

void outgoing_calls::start_waiting() {
  while (!waiting_.empty() && !numbers_.full()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= next.message.bytes.size();
    begin(std::move(next));
  }
}

waiter_ptr outgoing_calls::finish(std::uint16_t command, std::uint8_t sequence) {
  auto found = numbers_.finish(command, sequence);
  if (found.found)
    start_waiting();
  return std::move(found.who);
}

waiter_ptr outgoing_calls::give_up(std::uint64_t id, time_point until) {
  if (auto who = numbers_.give_up(id, until))
    return who;
  const auto found = std::ranges::find_if(waiting_, [id](const waiting& each) { return each.call.who->id == id; });
  if (found == waiting_.end())
    return nullptr;
  auto who = std::move(found->call.who);
  waiting_bytes_ -= found->message.bytes.size();
  waiting_.erase(found);
  return who;
}

std::vector<waiter_ptr> outgoing_calls::expire(time_point now, time_point until) {
  auto late = numbers_.expire(now, until);
  std::erase_if(waiting_, [&](waiting& each) {
    if (each.call.deadline > now)
      return false;
    waiting_bytes_ -= each.message.bytes.size();
    late.push_back(std::move(each.call.who));
    return true;
  });
  start_waiting();
  return late;
}

outgoing_calls::time_point outgoing_calls::earliest() const noexcept {
  auto first = numbers_.earliest();
  for (const auto& each : waiting_)
    first = std::min(first, each.call.deadline);
  return first;
}

std::vector<waiter_ptr> outgoing_calls::clear() {
  auto left = numbers_.clear();
  for (auto& each : std::exchange(waiting_, {}))
    left.push_back(std::move(each.call.who));
  waiting_bytes_ = 0;
  return left;
}

}  // namespace ability::fly
