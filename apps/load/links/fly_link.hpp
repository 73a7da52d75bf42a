/// A FlyRPC client.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apps/load/links/client_link.hpp"
#include "apps/load/links/fly_conversation.hpp"
#include "protocol/fly/stream_follower.hpp"

namespace ability::load {

/// The constructor begins to connect. A subscription's number is its alias. Over UDP an unanswered subscription is
/// repeated, and packets are lost while reading is paused. With positions lost messages are asked for again, and each
/// is reported once and in order. A callback may destroy it.
class fly_link final : public client_link, private fly_conversation::user {
public:
  /// `to` outlives the link. `positions`: messages have them.
  fly_link(lane_parts& parts, const endpoint& to, bool positions, link_callback told);

  void subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                 const std::string& resume_from) override;
  void perform(std::uint32_t subscription, std::string_view data) override;
  void pause_reading() override;
  void resume_reading() override;
  void want_texts() override { want_texts_ = true; }
  void close() override;

private:
  struct followed {
    std::string name;
    fly::stream_follower progress;
    bool confirmed = false;
    bool resumes = false;  // asked for what was missed on an earlier connection
  };

  void on_open() override;
  void on_packet(const fly::packet& what) override;
  void on_broken(const std::string& why) override;

  void take_answer(std::uint16_t alias, followed& of, const fly::packet& what);
  void take_confirm(std::uint16_t alias, followed& of, std::string_view beginning);
  void take_message(const followed* of, const fly::packet& what);
  bool take_position(std::uint16_t alias, followed& of, const stream_position& at);
  std::string request_of(const followed& what) const;
  void ask(std::uint16_t alias, followed& what);
  void look_again();
  void look_later();
  void tell_soon();
  void tell(link_event::kind what, std::uint32_t subscription, std::string why);

  lane_parts& parts_;
  std::shared_ptr<const link_callback> told_;
  const bool positions_;
  fly_conversation wire_;
  std::map<std::uint16_t, followed> follows_;  // without positions only unanswered ones
  std::unique_ptr<timer_ticket> again_;
  link_news news_;
  bool telling_ = false;
  bool want_texts_ = false;
  bool paused_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // expires with this; checked by posted handlers
};

}  // namespace ability::load
