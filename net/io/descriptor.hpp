/// Ownership of a file descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace ability::fly {

/// Closes its descriptor when it is destroyed; a negative number is none. Moved, not copied.
class descriptor {
public:
  explicit descriptor(int opened) noexcept : opened_{opened} {}
  descriptor(descriptor&& other) noexcept : opened_{std::exchange(other.opened_, -1)} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (opened_ >= 0)
      ::close(opened_);
  }

  int get() const noexcept { return opened_; }

private:
  int opened_;
};

}  // namespace ability::fly
