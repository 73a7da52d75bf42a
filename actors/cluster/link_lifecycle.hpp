/// The life cycle of a link: its phase, its deadlines and the reason for its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability {

/// The work of a link after an event.
enum class link_action : std::uint8_t {
  none,
  establish,    ///< tell the cluster that both ends are ready
  say_goodbye,  ///< tell the other node that this one leaves; its acknowledgement ends the link
  close,        ///< close the connection; `disconnected` follows
  finish,       ///< count everything that is held as lost, and report the end
};

/// Pure: each function takes an event and the time, and returns the action. It decides nothing that depends on packets.
class link_lifecycle {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds tick_every{100};
  static constexpr std::chrono::milliseconds heartbeat_after{500};  ///< idle time before a heartbeat
  static constexpr std::chrono::milliseconds silence{3'000};        ///< limit; then the other node counts as dead
  static constexpr std::chrono::milliseconds close_within{1'000};   ///< timeout of the last packets, and of the close
  static constexpr std::chrono::milliseconds wait_for_directories{5'000};

  enum class phase : std::uint8_t {
    connecting,
    establishing,  ///< connected, nothing received yet
    up,
    leaving,  ///< until the other node has acknowledged everything
    closing,  ///< until the connection has closed
    ended,    ///< until every directory has sent its last message
  };

  /// `directories` is their number.
  link_lifecycle(std::size_t directories, time_point now) : directories_{directories}, ticked_{now} {}

  phase now_in() const noexcept { return phase_; }
  bool is_up() const noexcept { return phase_ == phase::up; }
  bool is_open() const noexcept { return phase_ == phase::up || phase_ == phase::leaving; }
  bool was_up() const noexcept { return was_up_; }
  bool has_ended() const noexcept { return phase_ == phase::ended; }

  /// True if the other node has left the cluster.
  bool other_left() const noexcept { return other_left_; }

  /// The first reason for the end.
  const std::string& reason() const noexcept { return reason_; }

  // -- events

  /// The tunnel has connected both nodes.
  link_action connected(time_point now);

  /// The tunnel has closed the connection, or could not establish it.
  link_action disconnected(std::string_view why, time_point now);

  /// A packet of the other link has come.
  link_action heard(time_point now);

  /// A packet was sent.
  void sent(time_point now) noexcept { sent_ = now; }

  /// This node leaves the cluster.
  link_action leave(std::string_view why, time_point now);

  /// The link must end.
  link_action close(std::string_view why, time_point now);

  /// The other node has said that it leaves, and will close the connection.
  void other_leaves(std::string_view why, time_point now);

  /// A directory has sent its last message.
  void directory_done() noexcept { ++directories_done_; }

  // -- time

  /// Call about every `tick_every`. Closes a link that was silent.
  link_action tick(time_point now);

  /// True if a heartbeat must be sent.
  bool heartbeat_due(time_point now) const noexcept;

  /// Ends a phase that has lasted too long.
  link_action expire(time_point now);

  /// True if the actor may quit: all publications that directories sent it are counted.
  bool is_over(time_point now) const noexcept;

private:
  link_action close_connection(time_point now);
  void note_reason(std::string_view why);

  std::size_t directories_;
  std::size_t directories_done_ = 0;
  phase phase_ = phase::connecting;
  time_point heard_{};
  time_point sent_{};
  time_point ticked_;
  time_point deadline_{};  // of `leaving`, `closing` or `ended`
  bool has_connection_ = false;
  bool closed_ = false;  // `close` was returned
  bool was_up_ = false;
  bool other_left_ = false;
  std::string reason_;
};

}  // namespace ability
