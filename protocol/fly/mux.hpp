/// Frames between a gateway and a backend: bytes of one client, or for many.
/// Source: docs/protocols/flyrpc.md "Frames".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ability::fly {

/// A client of the gateway, as one link calls it. 0 is the link itself.
using client_id = std::uint16_t;

inline constexpr client_id link_id = 0;
inline constexpr std::size_t max_targets = 255;  ///< of one frame

/// What travels on the link itself, as RPC packets on client id 0.
namespace link_command {
inline constexpr std::uint16_t connect = 1;  ///< by the gateway, to the application: may that client connect?
inline constexpr std::uint16_t command = 2;
inline constexpr std::uint16_t disconnect = 3;
inline constexpr std::uint16_t publish = 4;  ///< by the backend
}  // namespace link_command

/// Client ids as they lie in a frame. Refers to its bytes.
class target_list {
public:
  class iterator {
  public:
    using difference_type = std::ptrdiff_t;
    using value_type = client_id;

    iterator() = default;
    explicit iterator(const char* at) noexcept : at_{at} {}
    client_id operator*() const noexcept;
    iterator& operator++() noexcept {
      at_ += 2;
      return *this;
    }
    iterator operator++(int) noexcept {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const iterator&) const = default;

  private:
    const char* at_ = nullptr;
  };

  explicit target_list(std::string_view bytes) noexcept : bytes_{bytes} {}
  iterator begin() const noexcept { return iterator{bytes_.data()}; }
  iterator end() const noexcept { return iterator{bytes_.data() + bytes_.size()}; }
  std::size_t size() const noexcept { return bytes_.size() / 2; }

private:
  std::string_view bytes_;
};

/// One frame. An empty buffer: those clients are closed. Refers to the bytes it was read from.
struct mux_frame {
  target_list targets;
  std::string_view buffer;
  std::size_t size;  ///< on the wire
};

/// The first frame of `bytes`, which go on behind it; nullopt if it is not whole yet. Any bytes are a frame. A frame
/// without targets is for nobody. Allocates nothing.
std::optional<mux_frame> first_frame(std::string_view bytes) noexcept;

/// How many bytes the first frame of `bytes` takes, as far as that can be told yet; 0 if it cannot.
std::size_t frame_size(std::string_view bytes) noexcept;

/// Appends the frames that bring `buffer` to all of `targets`: as many as it takes, by 255 targets and 65,535 bytes.
/// None for no targets. An empty buffer closes them.
void append_frames(std::string& out, std::span<const client_id> targets, std::string_view buffer);

/// Adds `buffer` to the frame at `at`, if that is the last one of `out`, is for `target` alone, does not close it, and
/// holds no more than `most` bytes of buffer then. False: it is not, and nothing was added.
bool extend_frame(std::string& out, std::size_t at, client_id target, std::string_view buffer, std::size_t most);

}  // namespace ability::fly
