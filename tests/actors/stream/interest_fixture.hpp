/// A directory of a node in a cluster, and links that the test plays. Includes CAF's test DSL: include it last.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/stream/interest.hpp"
#include "tests/actors/support/fake_links.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

inline node_settings clustered() {
  auto how = open_to_all();
  how.cluster.on = true;
  return how;
}

/// A link to another node, played by the test.
struct peer {
  using texts = std::vector<std::string>;

  link_actor actor;
  std::shared_ptr<told_link> told;

  /// Streams that are followed here, as the other node knows them once it has read all news.
  texts knows() const {
    texts found;
    for (const auto& each : told->news)
      for (const auto& stream : each.streams) {
        if (each.followed && std::ranges::find(found, *stream) == found.end())
          found.push_back(*stream);
        if (!each.followed)
          std::erase(found, *stream);
      }
    std::ranges::sort(found);
    return found;
  }

  bool knows_all() const { return std::ranges::any_of(told->news, &interest_news::complete); }

  texts heard() const {
    texts found;
    for (const auto& each : told->forwarded)
      found.push_back(each->content().stream + each->content().data);
    return found;
  }
};

struct interest_fixture : actor_fixture {
  using texts = std::vector<std::string>;

  interest_fixture() : actor_fixture{1, clustered()} {}

  const std::string a = identifier_of("a");
  const directory_actor& uut = here.lanes.front()->directory;

  /// Runs the directory until all of its stepwise work is done.
  void consume_bit_by_bit() {
    for (auto i = 0; i < 20; ++i) {
      consume_messages();
      advance_time(interest::pause);
    }
    consume_messages();
  }

  peer some_link() {
    auto told = std::make_shared<told_link>();
    return {ends(sys.spawn(fake_link, told)), told};
  }

  peer open_link() {
    auto link = some_link();
    caf::anon_send(uut, link_opened{link.actor});
    consume_bit_by_bit();
    return link;
  }

  /// A link that has announced exactly the interest `streams`.
  peer open_link(texts streams) {
    auto link = open_link();
    caf::anon_send(uut, peer_interest{link.actor, std::move(streams), true, true});
    consume_messages();
    return link;
  }

  void close(const peer& link, bool in_order = true) { caf::anon_send(uut, link_closed{link.actor, "b", in_order}); }

  /// Has the link acknowledge all interest announced so far, from item `from` on.
  void settle(const peer& link, std::size_t from = 0) {
    for (auto i = from; i < link.told->news.size(); ++i)
      if (link.told->news[i].followed)
        caf::anon_send(uut, interest_settled{link.actor, link.told->news[i].streams});
  }

  void publish_everywhere(const texts& streams, std::string_view json) {
    std::vector<broadcast> all;
    for (const auto& each : streams)
      all.push_back({.stream = each, .data = std::string{json}, .data_is_json = true});
    ability::publish(*here.lanes.front(), std::move(all), scope::everywhere);
  }

  std::uint64_t streams() const { return sum(&lane_counters::streams_opened) - sum(&lane_counters::streams_closed); }

  bool is_confirmed(const client& who, std::string_view stream = "a") const {
    return std::ranges::find(who.box->seen, confirm_subscription(identifier_of(stream))) != who.box->seen.end();
  }
};

}  // namespace ability
