#include "apps/load/links/pipelined_publish_link.hpp"

#include <utility>

namespace ability::load {

pipelined_publish_link::pipelined_publish_link(lane_parts& parts, const route& how, publish_callback told)
    : parts_{parts},
      route_{how},
      answers_{std::move(told)},
      socket_{parts.watch, *this},
      silence_{parts.timers, [this](bool silent) {
                 if (silent)
                   lose("timed out", true);
                 if (!waiting_.empty())
                   silence_.watch();
                 go_on();
               }} {}

void pipelined_publish_link::publish(std::vector<load_message> batch) {
  waiting_.push_back(encode(batch));
  if (state_ == state::idle)
    connect();
  else if (state_ == state::open)
    send_more();
  silence_.watch();
}

void pipelined_publish_link::connect() {
  state_ = state::connecting;
  sent_ = 0;
  silence_.heard();
  refused_.clear();
  socket_.connect(route_);
}

void pipelined_publish_link::on_open() {
  const auto first = hello();
  answers_left_ = first.answers;
  state_ = first.answers == 0 ? state::open : state::handshake_message;
  if (!first.bytes.empty())
    socket_.write(first.bytes);
  if (state_ == state::open)
    send_more();
}

void pipelined_publish_link::send_more() {
  while (sent_ < waiting_.size() && sent_ < publish_window) {
    const auto& next = waiting_[sent_];
    if (sent_++ == 0) {
      answers_left_ = next.answers;
      silence_.heard();
    }
    socket_.write(next.bytes);
  }
}

void pipelined_publish_link::on_input(std::string_view bytes) {
  silence_.heard();
  if (const auto wrong = read(bytes); !wrong.empty())
    lose(wrong);
  go_on();
}

bool pipelined_publish_link::answered(std::string refused) {
  if (answers_left_ == 0 || (state_ != state::open && state_ != state::handshake_message)) {
    lose("an answer to nothing");
    return false;
  }
  --answers_left_;
  if (state_ == state::handshake_message && !refused.empty()) {
    state_ = state::connecting;  // do not count it as connected
    lose(refused);
    return false;
  }
  if (refused_.empty())
    refused_ = std::move(refused);
  if (answers_left_ > 0)
    return true;
  if (state_ == state::handshake_message) {
    state_ = state::open;
    return true;
  }
  settle(1, std::exchange(refused_, {}));
  if (sent_ > 0)
    answers_left_ = waiting_.front().answers;
  return true;
}

void pipelined_publish_link::last_answer() {
  socket_.drop();
  state_ = state::idle;
  sent_ = 0;
}

void pipelined_publish_link::settle(std::size_t batches, const std::string& refused) {
  if (batches == 0)
    return;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batches));
  sent_ -= std::min(sent_, batches);
  answers_.add(batches, refused);
}

void pipelined_publish_link::lose(const std::string& why, bool all) {
  const bool useless = all || state_ == state::connecting || state_ == state::handshake_message;
  socket_.drop();
  state_ = state::idle;
  settle(useless ? waiting_.size() : sent_, why);
  sent_ = 0;
}

void pipelined_publish_link::on_broken(const std::string& why) {
  if (state_ == state::open && sent_ > 0 && why == reason_of(0) && ended())
    last_answer();
  else
    lose(why);
  go_on();
}

// Sends on after an event, and reports outcomes. May destroy this.
void pipelined_publish_link::go_on() {
  if (state_ == state::idle && !waiting_.empty())
    connect();
  else if (state_ == state::open)
    send_more();
  if (waiting_.empty())
    silence_.stop();
  answers_.tell();
}

}  // namespace ability::load
