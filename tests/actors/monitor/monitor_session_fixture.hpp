/// A program that is connected to the monitor. Includes CAF's test DSL: include it last.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/actors/monitor/monitor_fixture.hpp"

namespace ability {

struct monitor_session_fixture : monitor_fixture {
  using monitor_fixture::monitor_fixture;

  attached who = attach();

  /// Checks that the connection was closed for this reason, and that only its monitor session has ended.
  void check_closed(const attached& whom, std::string_view why) {
    CAF_CHECK_EQUAL(whom.way->closed, std::vector<std::string>{std::string{why}});
    CAF_CHECK(!is_alive(whom.session));
    CAF_CHECK(is_alive(here.monitor));
    const auto other = attach();
    CAF_CHECK(ask(other, "status").contains("node"));
    CAF_CHECK(other.way->closed.empty());
  }

  bool is_open(const attached& whom) { return whom.way->closed.empty() && is_alive(whom.session); }
};

}  // namespace ability
