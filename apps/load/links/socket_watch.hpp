/// Tells many sockets of a lane when they can go on, by an epoll of their own within the lane's event loop.
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

/// Who waits for a socket.
class watched : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
protected:
  ~watched() = default;

private:
  friend class socket_watch;

  /// The socket may be read or written, or `again` was called. `ended`: no more comes behind what can be read;
  /// `broken`: and nothing can be sent, either. May forget and destroy anything.
  virtual void on_ready(bool ended, bool broken) = 0;
};

/// Asio arms a socket anew for each wait, by a system call that costs as much as reading a message; here a socket is
/// registered once. Edge-triggered: who is told has to go on until the socket would block, or call `again`.
/// All functions are called on the lane.
class socket_watch {
public:
  /// Throws boost::system::system_error if there is no descriptor to be had.
  explicit socket_watch(boost::asio::io_context& io);
  socket_watch(const socket_watch&) = delete;
  socket_watch& operator=(const socket_watch&) = delete;

  /// From now on `who` is told of `socket`; of its becoming writable only if that is asked for. False, with
  /// `errno`: the system does not let it.
  [[nodiscard]] bool add(watched& who, int socket, bool writable);
  /// Changes what it is told of; and tells at once, though not from within, if it can be written now.
  void change(watched& who, int socket, bool writable);
  /// Comes before either is gone.
  void forget(watched& who, int socket) noexcept;
  /// Has `who` told soon.
  void again(watched& who);

  /// What is read into, by whoever reads just now.
  std::span<char> buffer() noexcept { return buffer_; }

private:
  using list = boost::intrusive::list<watched, boost::intrusive::constant_time_size<false>>;

  void wait();
  void tell();
  void tell_again();

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor epoll_;
  std::array<epoll_event, 256> events_{};
  std::size_t next_ = 0;   // of `events_`, to be told
  std::size_t count_ = 0;  // of `events_`
  list again_;
  bool again_posted_ = false;
  std::vector<char> buffer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // tells handlers in flight
};

}  // namespace ability::load
