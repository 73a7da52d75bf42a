/// A publisher over FlyRPC: a client that follows the stream and publishes to it.
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

/// A router does not acknowledge publications, so a ping follows each batch: its pong accepts the batch, unless one
/// of its messages was rejected before. A later rejection refuses the next batch to that stream. Over UDP a batch
/// without a pong is refused once a later pong arrives. Connection and loss are handled as in
/// `pipelined_publish_link`. Follows at most 500 streams at a time and discards their messages. A callback may
/// destroy it.
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
    std::string rejected;  // rejection after the message was settled; the next batch is refused for it
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
  std::deque<waiting> batches_;  // the sent ones come first
  std::size_t sent_ = 0;
  std::uint16_t last_ping_ = 0;
  streams streams_;
  std::map<std::uint16_t, streams::iterator> aliases_;
  std::deque<std::uint16_t> oldest_;  // aliases
  std::uint16_t last_alias_ = 0;
  bool connecting_ = false;
  silence_watch silence_;
  bool telling_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // expires with this; checked by posted handlers
};

}  // namespace ability::load
