/// A client of Action Cable over WebSocket, by its base or its extended protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "apps/load/links/cable_subscriptions.hpp"
#include "apps/load/links/client_link.hpp"
#include "apps/load/links/lane_parts.hpp"
#include "apps/load/links/lane_socket.hpp"
#include "apps/load/links/message_reader.hpp"
#include "apps/load/links/upgrade.hpp"

namespace ability::load {

/// The constructor begins to connect. A server that violates the protocol is disconnected, with a reason. While
/// reading is paused, only a broken connection is noticed, not an ended one. A callback may destroy it.
class action_cable_link final : public client_link, private lane_socket::user {
public:
  /// `request`: the handshake's; it and all that `how` refers to outlive the link.
  action_cable_link(lane_parts& parts, const route& how, const cable_request& request, link_callback told);
  ~action_cable_link() override = default;

  void subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                 const std::string& resume_from) override;
  void perform(std::uint32_t subscription, std::string_view data) override;
  void pause_reading() override { socket_.pause(); }
  void resume_reading() override { socket_.resume(); }
  void want_texts() override { want_texts_ = true; }
  void close() override;

private:
  enum class state : std::uint8_t { connecting, upgrading, handshake_message, in, closed };

  void on_open() override;
  void on_input(std::string_view bytes) override;
  void on_broken(const std::string& why) override;

  std::string_view take_answer(std::string_view bytes);
  void take_frames(std::string_view bytes);
  bool take(opcode type, std::string_view payload);
  bool take_text(std::string_view text);
  bool take_word(std::string_view text);
  void take_message(std::string_view text, const std::optional<stamp>& mark);
  void take_close(std::string_view payload);
  void send(opcode type, std::string_view payload);
  void send_command(std::string_view command, std::string_view quoted_identifier, std::string_view rest);
  void end(std::string why);

  lane_parts& parts_;
  const cable_request& request_;
  std::shared_ptr<const link_callback> told_;
  lane_socket socket_;
  message_reader reader_;
  cable_subscriptions subscriptions_;
  std::unique_ptr<timer_ticket> limit_;
  std::string head_;              // the response head so far
  link_news* news_ = nullptr;     // results of the current read
  std::size_t untold_bytes_ = 0;  // pings are not worth a callback
  state state_ = state::connecting;
  bool want_texts_ = false;
};

}  // namespace ability::load
