#include "net/fly/transport/udp_transport.hpp"

#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "net/fly/transport/packets.hpp"

namespace ability::fly {

std::span<char> datagram_buffer() {
  thread_local std::vector<char> buffer(65'536);
  return buffer;
}

udp_transport::udp_transport(udp_socket socket, std::size_t buffer, profile how)
    : executor_{socket.get_executor()}, socket_{std::move(socket)}, buffer_{buffer}, how_{how} {
  boost::system::error_code ignored;
  peer_ = socket_.remote_endpoint(ignored);
  socket_.non_blocking(true, ignored);
}

std::string udp_transport::peer() const { return text_of(peer_); }

void udp_transport::start(events on) {
  on_.fill(std::move(on));
  wait();
}

void udp_transport::wait() {
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code) { self->read(); });
}

void udp_transport::read() {
  const auto buffer = datagram_buffer();
  for (int i = 0; on_ && i < datagrams_per_turn; ++i) {
    boost::system::error_code error;
    const auto got = socket_.receive(boost::asio::buffer(buffer.data(), buffer.size()), 0, error);
    if (error == boost::asio::error::would_block)
      break;
    if (error) {
      fail(error);
      return;
    }
    if (const auto found = whole_packet({buffer.data(), got}, how_); found && !paused_)
      on_.packet(*found);
  }
  if (on_)
    wait();
}

void udp_transport::send(std::string_view packets) {
  for_each_packet(packets, [this](std::string_view each) {
    boost::system::error_code error;
    if (socket_.is_open() && each.size() <= header_size + buffer_)
      socket_.send(boost::asio::buffer(each.data(), each.size()), 0, error);
    // The system reports an ICMP error of an earlier datagram at the next call.
    if (error == boost::asio::error::connection_refused)
      boost::asio::post(executor_, [self = shared_from_this(), error] { self->fail(error); });
  });
}

void udp_transport::fail(boost::system::error_code error) {
  boost::system::error_code ignored;
  socket_.close(ignored);
  on_.end(error == boost::asio::error::connection_refused
              ? "connection refused by " + peer() + "; is the server running, and at that port?"
              : error.message());
}

void udp_transport::close(std::string_view) {
  boost::system::error_code ignored;
  socket_.close(ignored);
  on_.drop(executor_);
}

}  // namespace ability::fly
