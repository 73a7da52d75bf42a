/// One process's part of a run, with its threads.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "apps/load/links/lane_network.hpp"
#include "apps/load/run/conductor.hpp"

namespace ability::load {

/// Lanes with a network each, a conductor, and access to both. Destroy it after the conductor has reported the end of
/// its part; otherwise clients and their sockets are abandoned.
class generator_part {
public:
  /// `plan` and `streams` outlive it. Throws if there are too few threads, descriptors or memory.
  generator_part(const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
                 const std::shared_ptr<const reachable_target>& where);
  generator_part(const generator_part&) = delete;
  generator_part& operator=(const generator_part&) = delete;
  ~generator_part();

  /// Sends an order to the conductor. Any thread.
  void order(const part_order& what);

  /// A descriptor that is readable when there is news.
  int news_descriptor() const noexcept { return news_descriptor_; }
  /// Returns the news since the last call.
  std::vector<part_news> take_news();

private:
  struct config : caf::actor_system_config {
    config();
  };

  void begin(const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
             const std::shared_ptr<const reachable_target>& where);
  void begin_thread(io_lane& of);
  void end() noexcept;
  void tell(part_news news);

  int news_descriptor_;
  std::mutex news_mutex_;
  std::vector<part_news> news_;

  config config_;
  caf::actor_system system_{config_};
  // In this order, because each member uses those above it.
  std::vector<std::unique_ptr<io_lane>> lanes_;
  std::vector<std::unique_ptr<lane_network>> networks_;
  std::vector<std::unique_ptr<lane_desk>> desks_;
  conductor_actor conductor_;
  std::vector<std::thread> threads_;
};

}  // namespace ability::load
