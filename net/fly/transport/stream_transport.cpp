#include "net/fly/transport/stream_transport.hpp"

#include <utility>
#include <vector>

#include "net/fly/transport/packets.hpp"

namespace ability::fly {

namespace {

constexpr std::size_t read_size = 65'536;  // bytes per read

std::span<char> shared_buffer() {
  thread_local std::vector<char> buffer(read_size);
  return buffer;
}

}  // namespace

stream_transport::stream_transport(byte_stream_ptr stream, profile how)
    : stream_{std::move(stream)}, how_{how}, reader_{how} {}

stream_transport::~stream_transport() { stream_->drain(); }

std::string stream_transport::peer() const { return text_of(stream_->peer()); }

void stream_transport::start(events on) {
  on_.fill(std::move(on));
  stream_->on_broken([weak = weak_from_this()](const std::string& why) {
    if (const auto self = weak.lock())
      self->end(why);
  });
  if (!paused_)
    wait();
}

// -- in ---

void stream_transport::wait() {
  reading_ = true;
  stream_->wait_readable([self = shared_from_this()] { self->read(); });
}

void stream_transport::read() {
  if (!on_ || paused_) {
    reading_ = false;
    return;
  }
  boost::system::error_code error;
  const auto buffer = shared_buffer();
  const auto got = stream_->read_some(buffer, error);
  if (got > 0)
    feed({buffer.data(), got});
  if (!on_)
    return;
  if (error && error != boost::asio::error::would_block) {
    if (!reader_.between_packets())
      end("ended inside a packet");
    else
      end(error == boost::asio::error::eof ? "" : error.message());
  } else if (paused_) {
    reading_ = false;
  } else {
    wait();
  }
}

void stream_transport::feed(std::string_view bytes) {
  reader_.feed(bytes, [this](const packet& each) {
    if (paused_)
      append_packet(held_, each, how_);
    else
      on_.packet(each);
    return static_cast<bool>(on_);
  });
}

void stream_transport::resume() {
  paused_ = false;
  if (reading_ || !on_)
    return;
  const auto self = shared_from_this();
  reading_ = true;
  deliver_held();
  reading_ = false;
  if (on_ && !paused_)
    wait();
}

void stream_transport::deliver_held() {
  const auto held = std::exchange(held_, {});
  std::string_view left = held;
  while (on_ && !paused_ && !left.empty()) {
    const auto next = first_packet(left, how_);
    left.remove_prefix(size_of(*next));
    on_.packet(*next);
  }
  held_ = left;
}

// -- end ---

void stream_transport::end(const std::string& why) {
  stream_->drain();
  on_.end(why);
}

void stream_transport::close(std::string_view) {
  stream_->drain();
  on_.drop(get_executor());
}

}  // namespace ability::fly
