/// What whoever uses a transport gave it to call.
#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <utility>

#include "net/fly/transport/transport.hpp"

namespace ability::fly {

/// Holds the events of one transport from `start` to its end, and sees to it that none comes after.
class event_slot {
public:
  void fill(transport::events on) { on_ = std::make_unique<transport::events>(std::move(on)); }

  /// Whether somebody listens: it was started and has not ended.
  explicit operator bool() const noexcept { return on_ != nullptr; }

  /// REQUIRES that somebody listens. The slot may be empty afterwards.
  void packet(const fly::packet& what) { on_->on_packet(what); }

  /// Tells the end, if anybody still listens. Not from within `packet`.
  void end(const std::string& why) {
    if (const auto on = std::move(on_); on != nullptr && on->on_closed)
      on->on_closed(why);
  }

  /// Tells nothing any more. What the events hold is destroyed later, as one of them may be running.
  void drop(const executor& where) {
    if (on_ != nullptr)
      boost::asio::post(where, [on = std::move(on_)] {});
  }

private:
  std::unique_ptr<transport::events> on_;
};

}  // namespace ability::fly
