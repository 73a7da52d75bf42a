/// The logs of the streams of one lane, in Redis.
/// Source: docs/reliable-streams.md "Redis".
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "actors/node/node.hpp"
#include "actors/stream/history/log_store.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_order.hpp"
#include "net/redis/redis_presence.hpp"
#include "net/redis/redis_servers.hpp"
#include "net/redis/redis_session_vault.hpp"
#include "protocol/history/shared_log.hpp"
#include "protocol/redis_log/log_commands.hpp"

namespace ability {

/// One connection for commands and one for news, to each server. Use on the lane; destroyed on it, or after its event
/// loop has ended.
class redis_log_store final : public log_store {
public:
  /// Bytes of publications after which a reading ends; the stream reads on.
  static constexpr std::size_t read_size = std::size_t{1} << 20;

  redis_log_store(boost::asio::io_context& io, lane_home& home, const redis_endpoint& where, redis_log_settings how);
  redis_log_store(const redis_log_store&) = delete;
  redis_log_store& operator=(const redis_log_store&) = delete;
  ~redis_log_store() override;

  /// Connects. Call once, on the lane.
  void open();

  std::optional<redis_failure> refuses() const override { return servers_.refuses(); }
  void append(broadcast_ptr message, const history_bounds& bounds,
              std::shared_ptr<publication_receipt> receipt) override;
  void follow(const std::shared_ptr<const std::string>& stream, const history_bounds& bounds,
              stream_actor who) override;
  void leave(const std::string& stream, const stream_actor& who) override;
  void read(const std::string& stream, std::uint64_t behind) override;
  void list(const list_history& question, const history_bounds& bounds, listed then) override;

  /// The members of the lane's streams, by the same connections. Lives as long as this object.
  presence_store& members() noexcept { return members_; }

  /// Shares sessions, by the same connections, as the node of this name: see `redis_session_vault`. Call once, before
  /// `open`. Lives as long as this object.
  session_vault& share_sessions(std::string_view node);

private:
  using clock = std::chrono::steady_clock;

  struct followed {
    std::shared_ptr<const std::string> stream;
    std::shared_ptr<const log_keys> keys;
    history_bounds bounds;
    stream_actor who;
    stream_position known = {};  // the highest one
  };

  class appending;
  class reading;
  class listing;

  void take_appended(appending& what, redis_result<log_appended> outcome, bool is_repeat);
  void take_read(const std::string& stream, std::uint64_t behind, redis_result<log_content> content);
  void take_news(const std::string& channel, const std::string& text);
  void tell_followed(const std::string& channel);
  void note_position(const std::string& stream, const stream_position& at);
  followed* find(const std::string& stream);
  log_keys keys_of(std::string_view stream) const { return {how_.prefix, stream, database_}; }
  log_caller caller(const redis_server_info& server, const stream_position& known);
  log_times times_of(const history_bounds& bounds) const;
  std::string mark_of(std::uint64_t number) const;
  void changed(const std::string& why);
  void refused(const redis_error& why);
  bool is_to_be_told(redis_failure why);
  void note_unreadable(const std::string& stream, std::size_t count);

  lane_home& home_;
  const redis_log_settings how_;
  const int database_;
  std::string node_;                                         // a random text, different for each lane and start
  std::uint64_t appended_ = 0;                               // publications, for their marks
  std::unordered_map<std::string, followed> followed_;       // by stream
  std::unordered_map<std::string, std::string> by_channel_;  // streams
  bool is_open_ = false;
  bool is_up_ = false;                            // as `node` counts it
  std::unordered_set<std::string> told_reasons_;  // each is logged once until Redis is reached: servers have their own
  redis_servers servers_;
  redis_presence members_;
  std::optional<redis_session_vault> sessions_;
};

}  // namespace ability
