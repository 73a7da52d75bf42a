#include "apps/load/links/socket_watch.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

namespace ability::load {

namespace {

constexpr std::size_t buffer_size = 131'072;

epoll_event event_of(watched& who, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  if (writable)
    event.events |= EPOLLOUT;
  event.data.ptr = &who;
  return event;
}

int make_epoll() {
  const int made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0)
    throw boost::system::system_error{{errno, boost::system::system_category()}, "cannot watch sockets"};
  return made;
}

}  // namespace

socket_watch::socket_watch(boost::asio::io_context& io) : io_{io}, epoll_{io, make_epoll()}, buffer_(buffer_size) {
  wait();
}

bool socket_watch::add(watched& who, int socket, bool writable) {
  auto event = event_of(who, writable);
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &event) == 0;
}

void socket_watch::change(watched& who, int socket, bool writable) {
  auto event = event_of(who, writable);
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, socket, &event);
}

void socket_watch::forget(watched& who, int socket) noexcept {
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
  for (auto i = next_; i < count_; ++i)
    if (events_[i].data.ptr == &who)
      events_[i].data.ptr = nullptr;
  who.unlink();
}

void socket_watch::again(watched& who) {
  if (who.is_linked())
    return;
  again_.push_back(who);
  if (std::exchange(again_posted_, true))
    return;
  boost::asio::post(io_, [this, alive = std::weak_ptr{alive_}] {
    if (!alive.expired())
      tell_again();
  });
}

void socket_watch::wait() {
  epoll_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
                      if (!error && !alive.expired())
                        tell();
                    });
}

void socket_watch::tell() {
  const int found = ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  count_ = found > 0 ? static_cast<std::size_t>(found) : 0;
  for (next_ = 0; next_ < count_;) {
    const auto& event = events_[next_++];
    if (auto* const who = static_cast<watched*>(event.data.ptr))
      who->on_ready((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                    (event.events & (EPOLLHUP | EPOLLERR)) != 0);
  }
  count_ = 0;
  wait();  // polls again, so that events that did not fit are reported at once
}

void socket_watch::tell_again() {
  again_posted_ = false;
  list now;
  now.swap(again_);
  while (!now.empty()) {
    auto& who = now.front();
    now.pop_front();
    who.on_ready(true, false);  // `ended` is unknown, so have the socket read to the end
  }
}

}  // namespace ability::load
