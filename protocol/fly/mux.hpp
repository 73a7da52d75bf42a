/// Frames between a gateway and a backend: bytes of one client, or for many clients.
/// Source: docs/protocols/flyrpc.md "Frames".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ability::fly {

/// Number of a gateway's client on one link. 0 is the link itself.
using client_id = std::uint16_t;

inline constexpr client_id link_id = 0;
inline constexpr std::size_t max_targets = 255;  ///< of one frame

/// Commands on the link itself, as RPC packets on client id 0.
namespace link_command {
inline constexpr std::uint16_t connect = 1;  ///< from the gateway to the application: may the client connect?
inline constexpr std::uint16_t command = 2;
inline constexpr std::uint16_t disconnect = 3;
inline constexpr std::uint16_t publish = 4;  ///< from the backend
}  // namespace link_command

/// Client ids in a frame. Refers to its bytes.
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

/// One frame. An empty buffer closes those clients. Refers to the bytes it was read from.
struct mux_frame {
  target_list targets;
  std::string_view buffer;
  std::size_t size;  ///< bytes on the wire
};

/// The first frame of `bytes`, which may continue after it; nullopt if it is incomplete. Any bytes form frames. A frame
/// may have no targets. Allocates nothing.
std::optional<mux_frame> first_frame(std::string_view bytes) noexcept;

/// Bytes of the first frame of `bytes`, as far as known so far; 0 if unknown.
std::size_t frame_size(std::string_view bytes) noexcept;

/// Appends the frames that carry `buffer` to all `targets`: each for at most 255 targets and 65,535 bytes. None if
/// there are no targets. An empty buffer closes them.
void append_frames(std::string& out, std::span<const client_id> targets, std::string_view buffer);

/// Appends `buffer` to the frame at `at`, if that frame is the last one of `out`, is for `target` alone, does not close
/// it, and would hold at most `most` bytes of buffer. False if nothing was appended.
bool extend_frame(std::string& out, std::size_t at, client_id target, std::string_view buffer, std::size_t most);

}  // namespace ability::fly
