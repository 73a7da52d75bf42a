/// The stream actor: the subscribers of one stream, and the broadcasts that wait for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// One stream's subscribers, grouped by (wire format, key): each broadcast is encoded once per group, and all
/// broadcasts that wait in the mailbox together are sent as one message per subscriber.
///
/// Groups are served one after the other. Frames beyond `max_in_flight` bytes are encoded in parts, each once the
/// subscribers have taken the one before: one publication cannot become a gigabyte, however many identifiers its stream
/// is followed under. Subscribers that join meanwhile may get broadcasts from just before.
class stream_state {
public:
  static constexpr const char* name = "ability.stream";
  static constexpr std::size_t max_in_flight = std::size_t{256} << 10;  ///< bytes of frames; one message may be larger

  explicit stream_state(stream_actor::pointer self) : self_{self} {}
  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  /// Disconnects remaining subscribers so that they reconnect.
  ~stream_state();

  void start(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream);
  stream_actor::behavior_type make_behavior();

private:
  static constexpr std::size_t no_turn = static_cast<std::size_t>(-1);

  struct group {
    std::vector<connection_actor> slots;  // a subscriber keeps its slot; free slots are null
    std::vector<std::size_t> free;
    std::size_t subscribers = 0;
    std::size_t turn = no_turn;  // index in `round::turns`
  };
  struct group_key {
    const wire_format* format;
    std::string key;
    bool operator==(const group_key&) const = default;
  };
  // Without the format, whose address differs from run to run: the order of the groups would differ, too.
  struct group_hash {
    std::size_t operator()(const group_key& key) const noexcept { return std::hash<std::string>{}(key.key); }
  };

  using group_map = std::unordered_map<group_key, group, group_hash>;
  // Messages that are sent in parts.
  struct round {
    std::vector<broadcast_ptr> messages;
    std::vector<group_map::value_type*> turns;  // null: all subscribers of the group have left
    std::size_t next_turn = 0;
    std::size_t next_message = 0;  // index, for the group of `next_turn`
    std::weak_ptr<void> pace;      // lives until the subscribers have taken the last part
  };

  subscribed add(const subscribe& request);
  void remove(const unsubscribe& request);
  void append(const broadcast_ptr& message);
  void flush();
  void begin_round();
  void go_on();
  std::shared_ptr<batch> encode(const group_key& key, const std::vector<broadcast_ptr>& messages, std::size_t& next,
                                std::size_t recipients);
  std::size_t hand_out(const group_key& key, const group& to, const std::vector<broadcast_ptr>& messages,
                       std::size_t& next, std::shared_ptr<void> pace);
  stream_facts describe(std::size_t limit) const;

  stream_actor::pointer self_;
  lane_home* home_ = nullptr;
  directory_actor directory_;
  std::shared_ptr<const std::string> stream_;
  group_map groups_;
  std::size_t name_bytes_ = 0;  // total size of all groups' keys
  std::size_t subscribers_ = 0;
  std::uint64_t subscribes_seen_ = 0;
  std::vector<broadcast_ptr> due_;  // broadcasts to be sent
  std::size_t due_bytes_ = 0;       // total size of their data
  std::unique_ptr<round> round_;    // sent before `due_`; null: none is under way
  bool flush_pending_ = false;
  std::uint64_t gaps_ = 0;  // times that broadcasts were lost on their way to this node
  std::uint64_t lost_ = 0;  // lost broadcasts, as far as known
};

/// Spawns the actor of `stream` on the lane of its directory, the only one that may hand it out.
stream_actor spawn_stream(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream);

}  // namespace ability
