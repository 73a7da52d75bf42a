/// Common part of the TCP ways to publish: batches are pipelined, and answers settle them in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "apps/load/links/lane_parts.hpp"
#include "apps/load/links/lane_socket.hpp"
#include "apps/load/links/publish_answers.hpp"

namespace ability::load {

/// Connects for the first batch, and again for the first batch after a loss. A batch that was sent before the loss is
/// refused, because its outcome is unknown; an unsent one goes over the next connection. If no connection succeeds,
/// or the server answers nothing for 30 s, all are refused. A callback may destroy it.
class pipelined_publish_link : public publish_link, private lane_socket::user {
public:
  void publish(std::vector<load_message> batch) final;

protected:
  /// Bytes that the server acknowledges with `answers` answers.
  struct request {
    std::string bytes;
    std::size_t answers = 0;
  };

  pipelined_publish_link(lane_parts& parts, const route& how, publish_callback told);

  virtual request encode(const std::vector<load_message>& batch) = 0;
  /// The first request of a connection. Discards unread input of the previous one.
  virtual request hello() = 0;
  /// Parses the server's bytes, and calls `answered` for each answer. Returns the fault; empty if there is none.
  virtual std::string read(std::string_view bytes) = 0;

  /// Called when the server has closed the connection in good order. True if that ended an answer, which was passed
  /// to `answered`; unanswered batches then go over the next connection.
  virtual bool ended() { return false; }

  /// `refused`: empty if accepted. False: stop reading, the connection is unusable.
  bool answered(std::string refused);
  /// Marks the last answer of this connection: unanswered batches go over the next one.
  void last_answer();

  const lane_parts& parts() const noexcept { return parts_; }

private:
  enum class state : std::uint8_t { idle, connecting, handshake_message, open };

  void on_open() override;
  void on_input(std::string_view bytes) override;
  void on_broken(const std::string& why) override;
  void connect();
  void send_more();
  void settle(std::size_t batches, const std::string& refused);
  void lose(const std::string& why, bool all = false);
  void go_on();

  lane_parts& parts_;
  const route route_;
  publish_answers answers_;
  lane_socket socket_;
  state state_ = state::idle;
  std::deque<request> waiting_;  // the sent ones come first
  std::size_t sent_ = 0;
  std::size_t answers_left_ = 0;  // to the greeting, or to the first sent batch
  std::string refused_;           // reason for the first batch; set once one of its messages is refused
  silence_watch silence_;
};

}  // namespace ability::load
