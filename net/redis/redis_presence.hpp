/// The members of the streams of one lane, in Redis.
/// Source: docs/reliable-streams.md "Redis".
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/stream/presence/presence_store.hpp"
#include "net/redis/redis_servers.hpp"
#include "protocol/redis_presence/presence_commands.hpp"
#include "protocol/redis_presence/presence_keys.hpp"

namespace ability {

/// Uses the connections of the lane's log store, and lives as long. Use on the lane.
class redis_presence final : public presence_store {
public:
  /// Time after a connection came up in which other nodes may have yet to renew their sessions.
  static constexpr std::chrono::milliseconds distrust{5'000};

  /// Bytes of members in one answer of the server, about.
  static constexpr std::size_t scan_size = std::size_t{1} << 20;

  redis_presence(lane_home& home, std::string prefix, int database, redis_servers& to);

  /// The connection came up.
  void connected();

  std::optional<redis_failure> refuses() const override { return to_.refuses(); }
  std::chrono::steady_clock::time_point trusted_from() const override { return trusted_from_; }
  void apply(const std::string& stream, std::vector<member_order> orders, stream_actor who) override;
  void list(const std::string& stream, std::size_t max_bytes, stream_actor who) override;

private:
  class applying;
  struct reading {
    presence_keys keys;
    std::size_t max_bytes;
    stream_actor who;
    std::map<std::string, member_facts> members = {};
    std::size_t bytes = 0;
    members_content content = {};
  };

  using applied = std::function<void(redis_result<members_applied>)>;

  void send(presence_keys keys, std::vector<member_order> orders, applied then);
  redis_result<members_applied> read(const presence_keys& keys, std::size_t orders,
                                     const redis_result<redis_value>& reply);
  void scan(const std::shared_ptr<reading>& what, const std::string& cursor);
  void take(const std::shared_ptr<reading>& what, const redis_result<redis_value>& reply);
  static void finish(reading& what);
  redis_error note(const presence_keys& keys, redis_error why) const;
  presence_bounds bounds() const;

  lane_home& home_;
  const std::string prefix_;
  const int database_;
  redis_servers& to_;
  std::chrono::steady_clock::time_point trusted_from_{};
};

}  // namespace ability
