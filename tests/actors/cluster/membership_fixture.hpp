/// A membership, and members and links to put into it. Define CAF_SUITE before, and include it last.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/membership.hpp"
#include "caf/test/unit_test.hpp"

namespace ability {

struct membership_fixture {
  using time_point = membership::time_point;
  using texts = std::vector<std::string>;

  /// A member with this name; its uuid repeats one digit.
  static member node(std::string name, char digit, std::uint64_t started = 5'000) {
    return {.uuid = std::string(32, digit), .name = name, .address = name + ":7700", .started = started};
  }

  /// A link that has yet to come up. Attempt 0: the other node dialled.
  link_entry& link(const member& who, std::uint64_t attempt = 0) {
    return members.links().emplace_back(link_entry{.who = who,
                                                   .link = {},
                                                   .id = ++last_id,
                                                   .address = attempt == 0 ? std::string{} : who.address,
                                                   .attempt = attempt});
  }

  link_entry& up(const member& who, std::uint64_t attempt = 0) {
    auto& one = link(who, attempt);
    CAF_CHECK(members.come_up(one, now).stays);
    return one;
  }

  link_entry& link_to(const member& who) { return *std::ranges::find(members.links(), who, &link_entry::who); }

  void ends(const member& who, bool in_order = false) { members.remove(link_to(who), in_order, now); }

  node_facts facts_of_b() const { return members.list().nodes.at(1); }

  texts names(node_state state) const {
    texts found;
    for (const auto& each : members.list().nodes)
      if (each.state == state)
        found.push_back(each.who.name);
    return found;
  }

  // The uuid of this node is all fives.
  time_point now{std::chrono::hours{1}};
  std::uint64_t last_id = 0;
  membership members{node("here", '5'), now};
  const member b = node("b", '7');
};

}  // namespace ability
