/// Admission: which nodes get a link, and which of two links to a node stays.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/membership.hpp"
#include "actors/cluster/peer_network.hpp"

namespace ability {

/// Reason for ending a link when another link between the same two nodes replaces it.
inline constexpr std::string_view newer_link = "there is a newer link";

/// True if an attempt that ended for `why` (a code, a code with a sentence, or `newer_link`) is part of normal joining
/// and leaving, so that no operator has to act.
constexpr bool is_routine(std::string_view why) noexcept {
  const auto code = why.substr(0, why.find(':'));
  return code == "duplicate" || code == "self" || code == "stopping" || why == newer_link;
}

// -- reasons to refuse a node

inline refusal_of_node refused_as_duplicate() { return {"duplicate", "there is a link between these two nodes"}; }
inline refusal_of_node refused_as_self() { return {"self", "this is the node itself"}; }
inline refusal_of_node refused_as_stopping() { return {"stopping", "this node stops"}; }

/// Decides on nodes that dial this one, and keeps those that wait until an earlier link has ended. If two nodes dial
/// each other at once, the link of the smaller uuid stays. Sends nothing; calls no door.
class admission {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds young{3};  ///< maximum age of a link dialled simultaneously

  /// The decision on a node, and the links that end for it.
  struct decision {
    std::optional<refusal_of_node> refusal = {};
    std::vector<link_entry*> outdated = {};
    bool at_once = true;  ///< false: admit once earlier links have ended
  };

  /// A node that dialled us, and waits.
  struct waiting_node {
    member who;
    std::shared_ptr<pending_join> door;
  };

  /// `members` outlives this.
  explicit admission(membership& members) : members_{members} {}

  /// Decides on a node that has dialled us and has proved the secret.
  decision judge(const member& who, time_point now) const;

  /// Returns the reason to refuse a node that applies no matter which side has dialled.
  std::optional<refusal_of_node> refusal_of(const member& who) const;

  /// Keeps the node until `take_waiting`. Returns its earlier connection, if one waits: only the latest is admitted.
  std::optional<waiting_node> wait(const member& who, std::shared_ptr<pending_join> door);

  /// Returns all nodes that wait, to be judged again or refused.
  std::vector<waiting_node> take_waiting();

  /// True if there is a link to the node, or it waits for one.
  bool is_linked(const std::string& uuid) const;

private:
  bool is_full_for(const member& who) const;

  membership& members_;
  std::map<std::string, waiting_node> waiting_;  // by uuid
};

}  // namespace ability
