/// Links that only record the messages they receive.
#pragma once

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "actors/cluster/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Messages that a link has received.
struct told_link {
  std::vector<interest_news> news;
  std::vector<broadcast_ptr> forwarded;
  std::vector<std::size_t> together;  ///< number of `forwarded` entries per message
  std::vector<link_closed> farewells;
  std::vector<std::string> disconnects;
  std::vector<std::vector<member>> members;
  std::vector<leave_cluster> ends;
  std::vector<std::string> closed;
  bool settles = false;  ///< acknowledges all interest at once
};

inline link_actor::behavior_type fake_link(link_actor::pointer self, std::shared_ptr<told_link> told) {
  return {
      [](const std::string&) {},
      [](const link_connected&) {},
      [told](const peer_connection_closed& news) { told->closed.push_back(news.reason); },
      [told](const forward_broadcasts& what) {
        told->forwarded.insert(told->forwarded.end(), what.messages.begin(), what.messages.end());
        told->together.push_back(what.messages.size());
      },
      [self, told](const interest_news& news) {
        told->news.push_back(news);
        if (told->settles && news.followed)
          caf::anon_send(news.from, interest_settled{link_actor{self}, news.streams});
      },
      [told](const link_closed& news) { told->farewells.push_back(news); },
      [](ingress_reopened) {},
      [told](const forward_disconnect& what) { told->disconnects.push_back(what.order.identifier); },
      [](const report_losses&) {},
      [told](const members_heard& news) { told->members.push_back(news.members); },
      [told](const leave_cluster& order) { told->ends.push_back(order); },
      [](link_flush) {},
      [](link_tick) {},
  };
}

}  // namespace ability
