/// A link that is up, and publications at both ends of it. Includes CAF's test DSL: include it last.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/actors/support/fake_actors.hpp"
// last
#include "tests/actors/cluster/link_fixture.hpp"

namespace ability {

struct link_traffic_fixture : link_fixture {
  explicit link_traffic_fixture(node_settings how = in_cluster()) : link_fixture{how} { come_up(); }

  /// Acknowledges all packets received so far.
  void acknowledge() { say(packet(0, ack_record{last_number()})); }

  void publish_everywhere(const std::string& stream, std::string_view json) {
    ability::publish(*here.lanes.front(),
                     std::vector<broadcast>{{.stream = stream, .data = std::string{json}, .data_is_json = true}},
                     scope::everywhere);
    consume_messages();
  }

  /// A slow follower of `stream`: its broadcasts stay pending until the record forgets them.
  std::shared_ptr<connection_record> slow_follower(const std::string& stream) {
    auto record = std::make_shared<connection_record>();
    caf::anon_send(here.directory_of(stream),
                   subscribe{stream, "i", &action_cable_json(), ends(sys.spawn(fake_connection, record))});
    consume_messages();
    return record;
  }
};

}  // namespace ability
