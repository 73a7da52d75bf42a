// Relays bytes between the network and CAF, both ways.
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <span>
#include <utility>
#include <vector>

#include "net/cluster/tunnel_connection.hpp"

namespace ability {

namespace asio = boost::asio;

using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t piece = 65'536;  // bytes per read
constexpr std::chrono::milliseconds beat{500};

// A heartbeat of BASP.
constexpr std::array<char, basp_header_size> heartbeat_packet{6};

std::span<char> shared_buffer() {
  thread_local std::vector<char> buffer(piece);
  return buffer;
}

}  // namespace

// -- from the network to CAF ---

void tunnel_connection::read_network() {
  if (reading_network_ || state_ != state::open || to_caf_.size() - taken_by_caf_ > max_waiting || must_pause())
    return;
  reading_network_ = true;
  stream_->wait_readable([self = shared_from_this()] {
    self->reading_network_ = false;
    self->receive_from_network();
  });
}

void tunnel_connection::receive_from_network() {
  if (state_ != state::open)
    return;
  boost::system::error_code error;
  auto buffer = shared_buffer();
  // Read no further than the current message: a pause in reading must fall between messages, to insert heartbeats.
  if (const auto left = filter_.inbound_left(); left > 0)
    buffer = buffer.first(std::min(buffer.size(), left));
  std::size_t got = 0;
  // Fill the buffer: one TLS record is smaller.
  while (got < buffer.size() && !error)
    got += stream_->read_some(buffer.subspan(got), error);
  if (got > 0)
    feed({buffer.data(), got});
  if (state_ != state::open)
    return;
  if (error && error != asio::error::would_block)
    lose(error == asio::error::eof ? "the other end closed the connection" : error.message());
  else
    read_network();
}

void tunnel_connection::feed(std::string_view bytes) {
  if (state_ != state::open || bytes.empty())
    return;
  const auto taken = filter_.take_inbound(bytes, to_caf_);
  common_->counters.dropped.add(filter_.dropped() - std::exchange(dropped_, filter_.dropped()));
  if (!taken)
    return fail(tunnel_refusal::malformed, taken.error().detail);
  note_established();
  write_to_caf();
}

void tunnel_connection::write_to_caf() {
  if (writing_caf_ || !caf_.is_open())
    return;
  boost::system::error_code error;
  while (!error && taken_by_caf_ < to_caf_.size())
    taken_by_caf_ +=
        caf_.write_some(asio::buffer(to_caf_.data() + taken_by_caf_, to_caf_.size() - taken_by_caf_), error);
  if (error == asio::error::would_block) {
    writing_caf_ = true;
    caf_.async_wait(asio::socket_base::wait_write, [self = shared_from_this()](boost::system::error_code) {
      self->writing_caf_ = false;
      self->write_to_caf();
      self->read_network();
    });
  } else if (error) {
    lose("the middleman has closed the connection");
  } else {
    taken_by_caf_ = 0;
    to_caf_.clear();
    if (to_caf_.capacity() > piece)
      to_caf_.shrink_to_fit();
  }
}

bool tunnel_connection::must_pause() {
  const auto& limits = common_->settings.limits;
  const auto most = kind_ == kind::program ? limits.program_messages : limits.node_messages;
  if (filter_.messages_in() - handled_ <= most || filter_.inbound_left() > 0)
    return false;
  if (!stalled_since_) {
    stalled_since_ = clock::now();
    common_->home.wheel().set(*this, beat);
  }
  return true;
}

void tunnel_connection::message_handled() {
  handled_ = std::min(handled_ + 1, filter_.messages_in());
  if (state_ != state::open || !stalled_since_ || must_pause())
    return;
  stalled_since_.reset();
  wheel_timer::cancel();
  read_network();
}

// CAF takes a connection without input for a lost one: insert heartbeats while reading pauses.
void tunnel_connection::on_stalled() {
  if (clock::now() - *stalled_since_ >= common_->settings.limits.stalled)
    return lose("its messages were not handled for too long");
  to_caf_.append(heartbeat_packet.data(), heartbeat_packet.size());
  write_to_caf();
  common_->home.wheel().set(*this, beat);
}

// -- from CAF to the network ---

void tunnel_connection::read_caf() {
  if (reading_caf_ || state_ == state::closed || !caf_.is_open() || stream_->queued() > max_waiting)
    return;
  reading_caf_ = true;
  caf_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code) {
    self->reading_caf_ = false;
    self->receive_from_caf();
  });
}

void tunnel_connection::receive_from_caf() {
  if (state_ == state::closed || !caf_.is_open())
    return;
  boost::system::error_code error;
  const auto buffer = shared_buffer();
  const auto got = caf_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
  if (got > 0) {
    bool fits = true;
    stream_->write_by([&](std::string& queue) {
      const auto before = queue.size();
      const auto taken = filter_.take_outbound({buffer.data(), got}, queue);
      fits = static_cast<bool>(taken);
      written_ += queue.size() - before;
    });
    if (!fits)
      return fail(tunnel_refusal::other, "the middleman has said what it must not");
    note_established();
  }
  if (error && error != asio::error::would_block)
    lose("the middleman has closed the connection, as it does when the other end is silent for 3 s");
  else
    read_caf();
}

std::uint64_t tunnel_connection::bytes_sent() const noexcept {
  return written_ - std::min<std::uint64_t>(written_, stream_->queued());
}

}  // namespace ability
