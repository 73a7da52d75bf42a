/// Two ends of a connection without a socket, for tests of the layers above.
#pragma once

#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "net/fly/transport/transport.hpp"

namespace ability::fly {

/// One end. Delivers in the next turn of the event loop.
class memory_transport final : public transport, public std::enable_shared_from_this<memory_transport> {
public:
  using pointer = std::shared_ptr<memory_transport>;

  static std::pair<pointer, pointer> make(executor on) {
    std::pair both{std::make_shared<memory_transport>(on), std::make_shared<memory_transport>(on)};
    both.first->other_ = both.second;
    both.second->other_ = both.first;
    return both;
  }

  explicit memory_transport(executor on) : on_{on} {}

  // -- set by a test ---------

  bool hold = false;                           ///< sent bytes stay queued
  std::size_t largest = fly::max_buffer;       ///< bytes of a packet's buffer
  std::function<bool(const packet&)> dropped;  ///< loses the packets for which it returns true
  profile how = profile::normal;
  std::string sent;        ///< all bytes sent
  std::string close_text;  ///< of the last `close`
  bool closed = false;

  // -- transport ---

  executor get_executor() const override { return on_; }
  void start(events on) override { events_ = std::move(on); }

  void send(std::string_view packets) override {
    if (closed)
      return;
    sent += packets;
    out_ += packets;
    flush_soon();
  }

  std::size_t queued() const override { return out_.size(); }
  void pause() override { paused_ = true; }

  void resume() override {
    paused_ = false;
    pump();
  }

  void close(std::string_view why) override {
    if (closed)
      return;
    closed = true;
    close_text = why;
    events_ = {};
    flush_soon();
  }

  std::size_t max_buffer() const override { return largest; }
  std::string peer() const override { return "memory"; }

  /// Simulates a broken connection.
  void lose() {
    if (!std::exchange(closed, true))
      end("lost");
  }

  bool paused() const { return paused_; }

  void flush_soon() {
    boost::asio::post(on_, [self = shared_from_this()] { self->flush(); });
  }

private:
  void flush() {
    const auto to = other_.lock();
    if (hold || !to)
      return;
    to->in_ += std::exchange(out_, {});
    to->pump();
    if (closed && !to->closed) {
      to->closed = true;
      to->end("");
    }
  }

  void end(const std::string& why) {
    const auto on = std::exchange(events_, {});
    if (on.on_closed)
      on.on_closed(why);
  }

  void pump() {
    const auto keep = shared_from_this();
    while (!paused_ && !closed && events_.on_packet) {
      const auto found = first_packet(in_, how);
      if (!found)
        return;
      const std::string bytes = in_.substr(0, size_of(*found));
      in_.erase(0, bytes.size());
      const auto what = *whole_packet(bytes, how);
      if (!dropped || !dropped(what)) {
        const auto on_packet = events_.on_packet;
        on_packet(what);
      }
    }
  }

  executor on_;
  std::weak_ptr<memory_transport> other_;
  events events_;
  std::string out_;
  std::string in_;
  bool paused_ = false;
};

}  // namespace ability::fly
