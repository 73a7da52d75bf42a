/// Counting of open sockets.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace ability {

/// Counts one socket in a shared counter while this object lives.
class socket_place {
public:
  socket_place() = default;
  explicit socket_place(std::atomic<std::size_t>& among) noexcept : among_{&among} {
    among.fetch_add(1, std::memory_order_relaxed);
  }
  socket_place(socket_place&& other) noexcept : among_{std::exchange(other.among_, nullptr)} {}
  socket_place& operator=(socket_place&& other) noexcept {
    std::swap(among_, other.among_);
    return *this;
  }
  ~socket_place() {
    if (among_ != nullptr)
      among_->fetch_sub(1, std::memory_order_relaxed);
  }

private:
  std::atomic<std::size_t>* among_ = nullptr;
};

}  // namespace ability
