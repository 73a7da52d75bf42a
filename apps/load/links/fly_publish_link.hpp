/// Publishes by FlyRPC, as a client does: it follows the stream and says something there.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/load/links/fly_conversation.hpp"
#include "apps/load/links/publish_answers.hpp"

namespace ability::load {

/// A router answers nothing to what is said, so a ping goes behind each batch: its pong accepts the batch, unless a
/// message of it was rejected before; a rejection that comes later refuses the next batch to that stream. Over UDP a
/// batch whose pong did not come, when a later one did, is refused. Connects and loses as `pipelined_publish_link`
/// does. Follows at most 500 streams at a time; what others say there comes, and is thrown away. May be destroyed by
/// what it calls.
class fly_publish_link final : public publish_link, private fly_conversation::user {
public:
  /// `to` outlives the link.
  fly_publish_link(lane_parts& parts, const endpoint& to, publish_callback told);

  void publish(std::vector<load_message> batch) override;

private:
  struct waiting {
    std::vector<load_message> messages;
    std::string refused;
    std::uint16_t ping = 0;
  };
  struct followed {
    std::uint16_t alias = 0;
    bool confirmed = false;
    std::string rejected;  // a message that was settled already; the next bears it
  };
  using streams = std::map<std::string, followed, std::less<>>;

  void on_open() override;
  void on_packet(const fly::packet& what) override;
  void on_broken(const std::string& why) override;

  void connect();
  void send_more();
  bool follow_all(waiting& batch);
  void follow(const std::string& stream);
  void say(waiting& batch);
  void take_answer(const fly::packet& what);
  void take_pong(std::string_view said);
  void settle(const std::string& refused);
  void lose(const std::string& why, bool all = false);
  void tell_soon();

  lane_parts& parts_;
  const endpoint& to_;
  publish_answers answers_;
  fly_conversation wire_;
  std::deque<waiting> batches_;  // first those that were sent
  std::size_t sent_ = 0;
  std::uint16_t last_ping_ = 0;
  streams streams_;
  std::map<std::uint16_t, streams::iterator> aliases_;
  std::deque<std::uint16_t> oldest_;  // aliases
  std::uint16_t last_alias_ = 0;
  bool connecting_ = false;
  silence_watch silence_;
  bool telling_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // tells handlers in flight
};

}  // namespace ability::load
