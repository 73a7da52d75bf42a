#include "net/fly_gateway/backend_calls.hpp"

#include <utility>

#include "protocol/app_rpc/app_rpc_json.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability {

namespace {

std::uint16_t command_of(rpc_method method) {
  switch (method) {
    case rpc_method::command:
      return fly::link_command::command;
    case rpc_method::disconnect:
      return fly::link_command::disconnect;
    case rpc_method::connect:
      break;
  }
  return fly::link_command::connect;
}

rpc_failure failure_of(const fly::remote_error& error) {
  if (error.is(fly::error_code::too_many))
    return rpc_failure::exhausted;
  if (error.is(fly::error_code::closing))
    return rpc_failure::unavailable;
  if (error.is(fly::error_code::unauthorized) || error.is(fly::error_code::forbidden))
    return rpc_failure::unauthorized;
  if (error.is(fly::error_code::not_found) || error.is(fly::error_code::bad_payload))
    return rpc_failure::invalid;
  return rpc_failure::broken;
}

rpc_outcome outcome_of(const fly::packet& reply) {
  if (reply.has(fly::rpc_option::error)) {
    const auto error = fly::decode_error(reply.buffer);
    return rpc_error{failure_of(error), fly::name_of(error.code) + (error.text.empty() ? "" : ": " + error.text)};
  }
  auto answer = decode_rpc_reply(reply.buffer);
  if (!answer)
    return rpc_error{rpc_failure::broken, answer.error().detail};
  return std::move(*answer);
}

}  // namespace

std::optional<std::string> backend_calls::begin(const rpc_request& request, std::chrono::milliseconds timeout,
                                                std::function<void(rpc_outcome)> done) {
  const auto buffer = encode_rpc_request(request, true);
  if (buffer.size() > fly::max_buffer) {
    done(rpc_error{rpc_failure::invalid,
                   "a call of " + std::to_string(buffer.size()) + " bytes is over " + std::to_string(fly::max_buffer)});
    return {};
  }
  const auto number = free_number();
  if (!number) {
    done(rpc_error{rpc_failure::exhausted, "256 calls wait for their replies"});
    return {};
  }
  auto& waiting = *(slots_[*number] = std::make_unique<slot>());
  waiting.owner = this;
  waiting.sequence = *number;
  waiting.command = command_of(request.method);
  waiting.repeatable = request.command != "message";
  waiting.done = std::move(done);
  wheel_.set(waiting, timeout);
  std::string bytes;
  fly::append_packet(bytes,
                     {.type = fly::subtype::rpc, .command = waiting.command, .sequence = *number, .buffer = buffer});
  return bytes;
}

std::optional<std::uint8_t> backend_calls::free_number() {
  for (std::size_t tries = 0; tries < slots_.size(); ++tries)
    if (slots_[++last_] == nullptr)
      return last_;
  return {};
}

void backend_calls::finish(const fly::packet& reply) {
  auto& found = slots_[reply.sequence];
  if (found == nullptr || found->command != reply.command)
    return;
  const auto ended = std::exchange(found, nullptr);
  if (ended->done)
    ended->done(outcome_of(reply));
}

void backend_calls::on_timer(slot& late) {
  if (const auto done = std::exchange(late.done, nullptr)) {
    wheel_.set(late, quarantine);
    done(rpc_error{rpc_failure::timed_out, "no reply in time"});
  } else {
    slots_[late.sequence] = nullptr;
  }
}

void backend_calls::fail_all(const std::string& why) {
  for (auto& each : slots_)
    if (const auto ended = std::exchange(each, nullptr); ended != nullptr && ended->done)
      ended->done(rpc_error{ended->repeatable ? rpc_failure::unavailable : rpc_failure::broken, why});
}

}  // namespace ability
