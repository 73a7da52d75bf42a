/// A client that speaks Action Cable.
/// Source: docs/protocols/action-cable.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/action_cable/ping_habit.hpp"
#include "net/action_cable/pong_watch.hpp"
#include "net/client/client_session_base.hpp"

namespace ability {

/// Turns text messages into commands and replies into text messages, and sends pings.
class action_cable_session final : public client_session_base {
public:
  /// `habit`: ping interval, unit and pong duty of this client. `extended`: it speaks the extended protocol.
  action_cable_session(client_transport& transport, ping_habit habit, bool extended = false) noexcept
      : client_session_base{transport}, pings_{habit}, extended_{extended}, awaits_welcome_{extended} {}

  void start(std::shared_ptr<client_session> self) override;
  std::size_t max_message() const noexcept override { return where().settings.max_message_size; }
  void on_message(std::string_view bytes, client_transport::content kind) override;
  void on_bytes() override;
  bool may_compress() const noexcept override { return true; }

  void tell(const client_reply& what) override;
  void close(const close_reason& why) override;

private:
  void on_accepted(std::string_view identity, bool restores) override;
  const wire_format& format() const noexcept override;
  void on_refused(refusal why, const std::vector<std::string>& farewells) override;
  void on_schedule() override;

  void send_text(std::string_view payload);
  bool ping();
  void expect_pongs();
  void watch_pongs();
  void schedule_ping(bool first);

  ping_habit pings_;
  bool extended_;
  bool awaits_welcome_;                // of the application, for which the sid is added
  std::unique_ptr<pong_watch> pongs_;  // null: it need not answer pings
};

}  // namespace ability
