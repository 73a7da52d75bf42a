/// The reaction to SIGHUP: the configuration is read again, and what may change takes effect while the daemon serves.
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

/// The parts of a daemon that new settings go to. They outlive what holds this.
struct reload_targets {
  node& here;
  const std::vector<std::unique_ptr<edge>>& edges;
  entrances& doors;
  lane_home* app_home = nullptr;  ///< with its lane; null: there is no application
  io_lane* app_lane = nullptr;
  std::shared_ptr<app_transport> application = nullptr;
  cluster_service* cluster = nullptr;  ///< null: there is none
};

/// Reads on a thread of its own, which files may block for a while, and hands each lane a copy of what it needs: no
/// lane waits, and none sees settings change within a call. A configuration with a mistake changes nothing. Used on the
/// thread of `control`.
class reloader {
public:
  /// `applied` is called with the settings that are in force from then on. `source` may be null: there is nothing to
  /// read.
  reloader(settings_source* source, boost::asio::io_context& control, reload_targets to,
           std::function<void(const daemon_settings&)> applied);
  reloader(const reloader&) = delete;
  reloader& operator=(const reloader&) = delete;

  /// Begins; of calls while it is under way one counts, and is done behind it.
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
  void apply_to_lane(io_lane& lane, edge* of_clients, lane_home& home, const std::shared_ptr<const loaded>& what);

  settings_source* source_;
  boost::asio::io_context& control_;
  reload_targets to_;
  std::function<void(const daemon_settings&)> applied_;
  bool busy_ = false;
  bool again_ = false;
  std::optional<boost::asio::thread_pool> reader_;  // once it was needed
};

/// Has the token_source of `here` use the keys of `settings`.
void use_keys_of(const node& here, const node_settings& settings);

}  // namespace ability
