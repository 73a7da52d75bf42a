/// Readiness of a lane's many sockets, by an epoll of their own within the lane's event loop.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace ability::load {

/// User of a socket that waits for its readiness.
class watched : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
protected:
  ~watched() = default;

private:
  friend class socket_watch;

  /// The socket may be readable or writable, or `again` was called. `ended`: no data follows the readable one;
  /// `broken`: sending is impossible, too. May forget and destroy any socket.
  virtual void on_ready(bool ended, bool broken) = 0;
};

/// Asio arms a socket again for each wait, by a system call that costs as much as reading a message. Here a socket is
/// registered once. Edge-triggered: the user must continue until the socket would block, or call `again`. All
/// functions are called on the lane.
class socket_watch {
public:
  /// Throws boost::system::system_error if no descriptor is available.
  explicit socket_watch(boost::asio::io_context& io);
  socket_watch(const socket_watch&) = delete;
  socket_watch& operator=(const socket_watch&) = delete;

  /// Reports readiness of `socket` to `who` from now on; that to write only if `writable`. False: refused by the
  /// system, see `errno`.
  [[nodiscard]] bool add(watched& who, int socket, bool writable);
  /// Changes `writable`. If the socket is writable now, that is reported soon, but not from within this call.
  void change(watched& who, int socket, bool writable);
  /// Ends the reports. Must be called before `who` or `socket` is gone.
  void forget(watched& who, int socket) noexcept;
  /// Calls `on_ready` of `who` soon.
  void again(watched& who);

  /// Shared read buffer, for the duration of one read.
  std::span<char> buffer() noexcept { return buffer_; }

private:
  using list = boost::intrusive::list<watched, boost::intrusive::constant_time_size<false>>;

  void wait();
  void tell();
  void tell_again();

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor epoll_;
  std::array<epoll_event, 256> events_{};
  std::size_t next_ = 0;   // entry of `events_` to report next
  std::size_t count_ = 0;  // number of entries in `events_`
  list again_;
  bool again_posted_ = false;
  std::vector<char> buffer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // expires with this; checked by posted handlers
};

}  // namespace ability::load
