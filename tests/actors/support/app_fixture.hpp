/// Fixture of the tests of a node with an application. Includes CAF's test DSL: include it last.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tests/actors/support/fake_app_transport.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

/// A base class, so that the transport exists before the node.
struct with_app_transport {
  std::shared_ptr<fake_app_transport> transport = std::make_shared<fake_app_transport>();
};

/// A node whose application the test plays.
class app_fixture : protected with_app_transport, public actor_fixture {
public:
  explicit app_fixture(const node_settings& how = {}) : actor_fixture{1, how, transport} {}
  ~app_fixture() override {
    CAF_CHECK(transport->most_open <= here.settings.app.concurrency);
    CAF_CHECK(!transport->called_when_stopped);
  }

  /// Number of calls with this outcome.
  std::uint64_t calls(rpc_method method, const rpc_outcome& outcome) const {
    const auto& seconds =
        here.app_counters.calls[static_cast<std::size_t>(method)][ability::app_counters::index_of(outcome)];
    std::uint64_t sum = 0;
    for (std::size_t bucket = 0; bucket < seconds.buckets; ++bucket)
      sum += seconds.count(bucket);
    return sum;
  }

  std::uint64_t calls(rpc_method method, rpc_failure why) const { return calls(method, rpc_error{why, {}}); }
};

}  // namespace ability
