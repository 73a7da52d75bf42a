/// Membership: the links of this node, and the nodes at their other ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/cluster/link_stats.hpp"
#include "actors/cluster/messages.hpp"

namespace ability {

/// One link, as the cluster knows it.
struct link_entry {
  member who;
  link_actor link;
  std::uint64_t id = 0;                              ///< of the link's actor
  std::string address = {};                          ///< address that we dialled; empty: the other node dialled
  std::uint64_t attempt = 0;                         ///< number of our attempt; 0: the other node dialled
  bool up = false;                                   ///< both ends are ready
  bool announced = false;                            ///< the directories know of it
  bool ending = false;                               ///< it was told to end
  std::chrono::steady_clock::time_point since = {};  ///< time when it came up
  bool dialled_by_us() const noexcept { return attempt != 0; }
};

/// Links and nodes as values: it sends nothing, and each function that needs the time has it as an argument. A node is
/// a process: after a restart it is another node with the same name. Entries of links are valid until `links()`
/// changes.
class membership {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds keep_left{60};      ///< lifetime of the entry; others may still announce it
  static constexpr std::chrono::seconds trust_dialler{30};  ///< time for the other node to dial again itself
  static constexpr std::chrono::hours keep_lost{24};
  static constexpr std::size_t max_lost = 1'000;
  static constexpr std::size_t max_lost_with_names = 64;  ///< lost nodes whose unreported losses are kept by stream

  /// Consequences of a link that is ready.
  struct arrival {
    bool stays = true;                       ///< false: a process of the same name has started later
    std::vector<link_entry*> outdated = {};  ///< links to earlier processes of that name, which must end
    bool is_new = false;                     ///< the node was not known
    bool was_lost = false;                   ///< publications there were not forwarded here meanwhile
  };

  membership(member self, time_point since) : self_{std::move(self)}, since_{since} {}

  const member& self() const noexcept { return self_; }

  // -- links

  /// One for each node, and ending ones.
  std::vector<link_entry>& links() noexcept { return links_; }
  const std::vector<link_entry>& links() const noexcept { return links_; }

  /// Both ends of the link are ready, so its node is a member, unless a process of the same name has started later.
  arrival come_up(link_entry& which, time_point now);

  /// Takes out a link that has ended. Its node has left if `in_order`, and is lost otherwise.
  link_entry remove(const link_entry& which, bool in_order, time_point now);

  bool has_link(const std::string& uuid) const;

  /// True if a link to the node, or one that was dialled at the address, is up.
  bool is_up(const std::string& uuid, const std::string& address) const;

  /// Number of links that are up.
  std::size_t count_up() const;

  bool is_alone() const { return count_up() == 0; }

  /// True if any link has ever been up.
  bool was_linked() const noexcept { return was_linked_; }

  // -- nodes

  /// Members that this node knows, itself included.
  std::vector<member> members() const;

  /// Number of nodes that were linked and are not now.
  std::size_t count_lost() const;

  bool knows(const std::string& uuid) const { return nodes_.contains(uuid); }

  /// True if an announced node may be dialled; false: it has left, or was lost a moment ago and dials again itself.
  bool may_dial(const std::string& uuid, time_point now) const;

  // -- statistics

  /// Adds the report of a link to those of its node.
  void count(const link_report& news);

  /// Records that publications that a node follows may have been lost.
  void add_unknown_loss(const std::string& uuid);

  /// Returns losses of a node that the caller must have reported to it.
  lost_publications take_losses(const std::string& uuid);

  // -- time

  /// Forgets nodes that have left or were lost long ago.
  void tick(time_point now);

  node_list list() const;

private:
  struct node_entry {
    member who = {};
    node_state state = node_state::up;
    time_point since = {};
    bool dialled_by_us = false;
    std::uint64_t link = 0;  // id of the present or last one
    link_stats stats = {};
  };

  bool resolve_names(const link_entry& latest, std::vector<link_entry*>& outdated);
  void forget_lost(time_point now);

  member self_;
  time_point since_;  // start of this node
  std::vector<link_entry> links_;
  std::map<std::string, node_entry> nodes_;  // linked or lost, by uuid
  std::map<std::string, time_point> left_;   // nodes that left or were replaced, by uuid
  bool was_linked_ = false;
};

}  // namespace ability
