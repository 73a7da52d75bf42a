/// A FlyRPC client.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apps/load/links/client_link.hpp"
#include "apps/load/links/fly_conversation.hpp"

namespace ability::load {

/// The constructor begins to connect. A subscription's number is its alias. Over UDP an unanswered subscription is
/// repeated, and packets are lost while reading is paused. A callback may destroy it.
class fly_link final : public client_link, private fly_conversation::user {
public:
  /// `to` outlives the link.
  fly_link(lane_parts& parts, const endpoint& to, link_callback told);

  void subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                 const std::string& resume_from) override;
  void perform(std::uint32_t subscription, std::string_view data) override;
  void pause_reading() override { wire_.pause(); }
  void resume_reading() override { wire_.resume(); }
  void want_texts() override { want_texts_ = true; }
  void close() override;

private:
  struct asked {
    std::string name;
    int times = 0;
  };

  void on_open() override;
  void on_packet(const fly::packet& what) override;
  void on_broken(const std::string& why) override;

  void take_answer(const fly::packet& what);
  void ask(std::uint16_t alias, asked& what);
  void ask_again();
  void tell_soon();
  void tell(link_event::kind what, std::uint32_t subscription, std::string why);

  lane_parts& parts_;
  std::shared_ptr<const link_callback> told_;
  fly_conversation wire_;
  std::map<std::uint16_t, asked> asked_;  // unanswered subscriptions
  std::unique_ptr<timer_ticket> again_;
  link_news news_;
  bool telling_ = false;
  bool want_texts_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // expires with this; checked by posted handlers
};

}  // namespace ability::load
