/// One lane's links to all backends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/fly_gateway/backend_link.hpp"

namespace ability {

/// Which backend a session has to do with is told by its name alone, among those that are up: so its calls and its
/// packets come to the same one, whichever lane it is on.
class backend_links {
public:
  /// `backends` must outlive it.
  backend_links(edge& where, const std::vector<backend_endpoint>& backends);

  void start();
  void stop();

  bool any_is_up() const;

  /// The backends, with commas between, and why the first of them that is not linked is not.
  std::string names() const;
  std::string why_down() const;

  /// Sets the secret that links prove that are opened from now on.
  void use_secret(const std::string& secret);

  /// The link for the session `sid`; null if none is up.
  std::shared_ptr<backend_link> of(std::string_view sid) const;

private:
  std::vector<std::shared_ptr<backend_link>> links_;
};

}  // namespace ability
