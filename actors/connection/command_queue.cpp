#include "actors/connection/command_queue.hpp"

#include <algorithm>
#include <utility>

namespace ability {

bool command_queue::pay(unsigned rate, time_point now) noexcept {
  using namespace std::chrono_literals;
  const auto paid_until = std::max(paid_until_, now - 1s) + std::chrono::nanoseconds{1s} / rate;
  if (paid_until > now)
    return false;
  paid_until_ = paid_until;
  return true;
}

std::optional<client_command> command_queue::next() {
  if (busy_ || waiting_.empty())
    return {};
  auto next = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
  return next;
}

bool command_queue::holds(std::string_view identifier) const {
  return std::ranges::find(waiting_, identifier, &client_command::identifier) != waiting_.end();
}

void command_queue::drop_subscribes() {
  std::erase_if(waiting_, [](const auto& each) { return each.type == command_type::subscribe; });
}

}  // namespace ability
