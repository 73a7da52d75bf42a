/// What ways to publish over TCP have in common: batches go out one behind the other, and answers settle them in order.
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

/// Connects with the first batch, and anew with the first after a loss. A batch that was sent when the connection was
/// lost is refused, as nobody knows what became of it; one that was not is sent over the next. If there is no
/// connection to be had, all are refused, and so if the server answers nothing for 30 s. May be destroyed by what it
/// calls.
class pipelined_publish_link : public publish_link, private lane_socket::user {
public:
  void publish(std::vector<load_message> batch) final;

protected:
  /// Bytes that a server answers `answers` times.
  struct request {
    std::string bytes;
    std::size_t answers = 0;
  };

  pipelined_publish_link(lane_parts& parts, const route& how, publish_callback told);

  virtual request encode(const std::vector<load_message>& batch) = 0;
  /// What is said first over a connection. Whatever was read of an earlier one is to be forgotten.
  virtual request hello() = 0;
  /// Reads what the server sent, and calls `answered` for each answer. Why it makes no sense, or nothing.
  virtual std::string read(std::string_view bytes) = 0;

  /// The server has closed the connection in good order. True: that was the end of an answer, which was told by
  /// `answered`, and what is not answered goes over the next connection.
  virtual bool ended() { return false; }

  /// `refused`: empty if it was accepted. False: no more is to be read, as the connection is of no use.
  bool answered(std::string refused);
  /// The server answers nothing else over this connection: what is not answered goes over the next.
  void last_answer();

  const lane_parts& parts() const noexcept { return parts_; }

private:
  enum class state : std::uint8_t { idle, connecting, greeting, open };

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
  std::deque<request> waiting_;  // first those that were sent
  std::size_t sent_ = 0;
  std::size_t answers_left_ = 0;  // to the greeting, or to the first that was sent
  std::string refused_;           // of which at least one message
  silence_watch silence_;
};

}  // namespace ability::load
