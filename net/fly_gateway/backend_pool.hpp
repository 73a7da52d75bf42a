/// One lane's links to all backends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/fly_gateway/backend_link.hpp"

namespace ability {

/// Chooses a session's backend by its sid alone, among those that are up. So its calls and packets reach the same
/// backend from any lane.
class backend_pool {
public:
  /// `backends` must outlive this.
  backend_pool(lane_context& where, const std::vector<backend_endpoint>& backends);

  void start();
  void stop();

  bool any_is_up() const;

  /// The backends, separated by commas.
  std::string names() const;

  /// The reason for the first of them whose link is down; empty while first attempts go on.
  std::string why_down() const;

  /// Sets the secret for links opened from now on.
  void use_secret(const std::string& secret);

  /// The link for the session `sid`; null if none is up.
  std::shared_ptr<backend_link> of(std::string_view sid) const;

private:
  std::vector<std::shared_ptr<backend_link>> links_;
};

}  // namespace ability
