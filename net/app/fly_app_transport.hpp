/// Calls to the application over the lanes' links to FlyRPC backends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/app/app_server.hpp"
#include "net/fly_gateway/backend_pool.hpp"
#include "net/lane/io_lane.hpp"

namespace ability {

/// Sends all calls of one session to the same backend, the one that also serves it as a FlyRPC client.
class fly_app_transport final : public app_transport {
public:
  /// One lane with its links. Both outlive the work of the lane's event loop.
  struct place {
    io_lane* lane;
    std::shared_ptr<backend_pool> links;
  };

  explicit fly_app_transport(std::vector<place> places) : places_{std::move(places)} {}

  void call(std::shared_ptr<const rpc_request> request, std::chrono::milliseconds timeout,
            std::function<void(rpc_outcome)> done) override;
  void probe(bool afresh, std::chrono::milliseconds timeout, std::function<void(probe_outcome)> done) override;
  void use_secret(std::string secret) override;
  void stop() override;

private:
  std::vector<place> places_;
};

}  // namespace ability
