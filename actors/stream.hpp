/// The stream actor: who follows one stream, and what was broadcast to it since it last handed out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/messages.hpp"
#include "actors/node.hpp"

namespace ability {

/// One stream's subscribers, grouped by (encoding, wire name): each broadcast is encoded once per group, and all
/// broadcasts that wait in the mailbox together leave as one message per subscriber.
class stream_state {
public:
  static constexpr const char* name = "ability.stream";

  explicit stream_state(stream_actor::pointer self) : self_{self} {}
  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  /// A stream that ends while it is followed disconnects its subscribers, so that they come back.
  ~stream_state();

  void start(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream);
  stream_actor::behavior_type make_behavior();

private:
  struct group {
    std::vector<connection_actor> slots;  // a subscriber keeps its place; free places are null
    std::vector<std::size_t> free;
    std::size_t subscribers = 0;
    std::shared_ptr<batch> pending;
  };
  struct group_key {
    ability::encoding encoding;
    std::string wire_name;
    bool operator==(const group_key&) const = default;
  };
  struct group_hash {
    std::size_t operator()(const group_key& key) const noexcept {
      return std::hash<std::string>{}(key.wire_name) + static_cast<std::size_t>(key.encoding);
    }
  };

  subscribed add(const subscribe& request);
  void remove(const unsubscribe& request);
  void append(const broadcast_ptr& message);
  void append(const group_key& key, group& to, const broadcast_ptr& message);
  void flush();
  void flush(group& due);
  stream_facts describe(std::size_t limit) const;

  stream_actor::pointer self_;
  lane_home* home_ = nullptr;
  directory_actor directory_;
  std::shared_ptr<const std::string> stream_;
  std::unordered_map<group_key, group, group_hash> groups_;
  std::size_t subscribers_ = 0;
  std::uint64_t subscribes_seen_ = 0;
  std::vector<std::chrono::steady_clock::time_point> unobserved_;  // acceptance of what is yet to be handed out
  bool flush_pending_ = false;
  std::uint64_t gaps_ = 0;  // how often broadcasts were lost on their way to this node
  std::uint64_t lost_ = 0;  // how many, as far as it is known
};

/// Spawns the actor of `stream` on the lane of its directory, which alone may hand it out.
stream_actor spawn_stream(lane_home& home, directory_actor directory, std::shared_ptr<const std::string> stream);

}  // namespace ability
