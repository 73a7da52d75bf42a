/// The reaction to SIGHUP: reads the configuration again and applies the changes that need no restart.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/result.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/abilityd/daemon.hpp"
#include "apps/abilityd/listeners.hpp"
#include "net/cluster/cluster_service.hpp"

namespace ability {

/// The parts of a daemon that receive new settings. They outlive the holder of this.
struct reload_targets {
  node& here;
  const std::vector<std::unique_ptr<lane_context>>& contexts;
  listeners& doors;
  lane_home* app_home = nullptr;  ///< with its lane; null: no application
  io_lane* app_lane = nullptr;
  std::shared_ptr<app_transport> application = nullptr;
  cluster_service* cluster = nullptr;  ///< null: no cluster
};

/// Reads files on a thread of its own, because they may block for a while, and sends each lane a copy of its
/// settings. So no lane waits, and settings never change within a call. A configuration with an error changes
/// nothing. Used on the thread of `control`.
class reloader {
public:
  /// `applied` is called with the settings then in force. A null `source` means that there is nothing to read.
  reloader(settings_source* source, boost::asio::io_context& control, reload_targets to,
           std::function<void(const daemon_settings&)> applied);
  reloader(const reloader&) = delete;
  reloader& operator=(const reloader&) = delete;

  /// Begins a reload. Calls during a reload are merged into one reload that follows it.
  void begin();

private:
  struct loaded {
    reloaded_settings what;
    std::shared_ptr<const fly::tls_context> certificate;  // null: no TLS
    tunnel_tls of_cluster;
  };
  using outcome = boost::system::result<std::shared_ptr<const loaded>, std::string>;

  outcome load();
  void finish(const outcome& what);
  static void tell(const outcome& what);
  void apply(const std::shared_ptr<const loaded>& what);
  void apply_to_lane(io_lane& lane, lane_context* of_clients, lane_home& home,
                     const std::shared_ptr<const loaded>& what);

  settings_source* source_;
  boost::asio::io_context& control_;
  reload_targets to_;
  std::function<void(const daemon_settings&)> applied_;
  bool busy_ = false;
  bool again_ = false;
  std::optional<boost::asio::thread_pool> reader_;  // created at the first reload
};

/// Sets the keys of `settings` as the keys of the token_source of `here`.
void use_keys_of(const node& here, const node_settings& settings);

}  // namespace ability
