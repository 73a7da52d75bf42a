/// Commands and channels of one Redis server, or of a Redis Cluster.
/// Source: docs/reliable-streams.md "Redis Cluster".
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/runtime/random_source.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_order.hpp"
#include "net/redis/redis_topology.hpp"

namespace ability {

/// Sends each command to the server that has its keys, and follows each channel there. All functions are called on the
/// thread of `io`, and so are the callbacks. Destroying is like closing.
///
/// Orders of one slot are run in the order in which they were sent, whatever becomes of their servers. One that was
/// sent to the wrong server, or whose answer was lost, waits for the others of its slot that are under way; then it is
/// sent alone, and those behind it once it is answered.
class redis_servers {
public:
  static constexpr int max_redirects = 8;                      ///< of one order, by `MOVED`
  static constexpr std::chrono::milliseconds again_after{50};  ///< between two attempts at keys that are on their way

  struct callbacks {
    /// Publications to the channel arrive, and commands are answered, from now on: what was before may be missed.
    std::function<void(const std::string& channel)> followed;
    std::function<void(const std::string& channel, std::string& text)> published;
    /// `is_up()` may have changed. `why`: something was lost, or not found; else empty.
    std::function<void(const std::string& why)> changed;
    std::function<void()> reached = {};  ///< commands to one more server are taken
    /// A server refuses commands for a reason that `needs_mending`.
    std::function<void(const redis_error& why)> refused = {};
  };

  redis_servers(boost::asio::io_context& io, redis_endpoint where, redis_pipeline_settings bounds,
                redis_counters& counters, random_source& random, callbacks owner);
  redis_servers(const redis_servers&) = delete;
  redis_servers& operator=(const redis_servers&) = delete;
  ~redis_servers() { close(); }

  /// Connects. Each connection for commands begins with `preparations`, whose errors are ignored.
  void open(std::vector<std::string> preparations = {});

  /// Sends an order for keys with the tag of `key`. It is answered in twice the time for an answer and some more, or at
  /// once with `away`, and in a cluster with `full`.
  void send(std::string_view key, const std::shared_ptr<redis_order>& what);

  /// The same for a command that is never repeated after an answer was lost.
  void send(std::string_view key, std::string command, redis_pipeline::answered done);

  /// The reason for which no more orders should be sent: `away` or `full`. In a cluster `away` means all of it.
  std::optional<redis_failure> refuses() const noexcept;

  void subscribe(const std::string& channel);
  void unsubscribe(const std::string& channel);

  bool is_up() const noexcept { return topology_.is_up(); }

  /// True: publish by `SPUBLISH`.
  bool is_sharded() const noexcept { return topology_.is_cluster(); }

  /// Gives up the connection to the server that has `key`, and dials again, if it has refused something for a reason
  /// that makes it the wrong server.
  void leave_if_wrong(std::string_view key, redis_failure why, std::string_view refused);

  /// Tells the owner of a refusal that needs mending; for those that an answer contains.
  void complain(const redis_error& why) const;

  /// Ends all connections and answers all orders.
  void close();

private:
  using clock = std::chrono::steady_clock;
  using order = std::shared_ptr<redis_order>;
  using server = redis_topology::server;

  struct waiting_order {
    order what;
    std::optional<redis_address> ask = {};  // it is to be sent there behind ASKING; none: to the server of its slot
    clock::time_point not_before = {};
  };

  // Orders of a slot, by number.
  struct line {
    std::deque<waiting_order> orders = {};
    const redis_order* alone = nullptr;  // the one that is under way, while the others wait
  };

  struct slot_state {
    std::uint32_t under_way = 0;
    const server* last = nullptr;  // to which they were sent
  };

  void deliver(const order& what, server& to, bool asking);
  void take(const order& what, const server& from, bool asking, redis_result<redis_value>& reply);
  bool has_to_wait(const order& what, const server& from, const redis_result<redis_value>& reply);
  bool take_redirect(const order& what, const server& from, std::string_view error);
  void answer(const order& what, redis_result<redis_value> reply);
  void refuse(const order& what, redis_failure why);
  void wait(waiting_order one);
  void go_on(std::uint16_t slot);
  void go_on_with_all();
  void release(std::uint16_t slot);
  void give_up_late(line& of);
  void count_waiting(std::ptrdiff_t orders, std::ptrdiff_t bytes);
  void await_tick();
  void reached(const server& which);
  void move_channels();

  const redis_pipeline_settings bounds_;
  redis_counters& counters_;
  callbacks owner_;
  std::unordered_map<std::string, server*> followed_;  // channels, and where they are subscribed; null: nowhere yet
  std::vector<slot_state> states_;                     // by slot
  std::unordered_map<std::uint16_t, line> lines_;
  std::size_t waiting_ = 0;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t sent_ = 0;
  bool is_open_ = false;
  boost::asio::steady_timer tick_;
  bool tick_pending_ = false;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
  redis_topology topology_;  // its end answers orders
};

}  // namespace ability
