/// Dial targets: addresses of other nodes, and the time of the next attempt at each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "actors/node/cluster_refusal.hpp"
#include "actors/runtime/random_source.hpp"

namespace ability {

/// Stores each address once. The pause between attempts is a random, growing backoff.
class dial_targets {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds first_retry{100};
  static constexpr std::chrono::milliseconds last_retry{5'000};
  /// Failed attempts in a row without a refusal for cause, after which the last one counts no more: about 40 s. A node
  /// that refused this one and is gone must not keep it out of service for ever.
  static constexpr unsigned cause_lapses_after = 10;

  struct target {
    std::string address;        ///< `host:port`
    bool configured = false;    ///< dialled without end
    bool own = false;           ///< this node's own address: never dialled
    std::string uuid = {};      ///< the node that answered last, or is announced at this address
    time_point heard = {};      ///< time of the last announcement
    std::uint64_t attempt = 0;  ///< number of the attempt under way; 0: none
    time_point dialled = {};    ///< begin of the last attempt
    bool tried = false;         ///< an attempt has failed, or has led to this node
    bool due = false;           ///< a `dial_due` is scheduled
    std::chrono::milliseconds retry = first_retry;
    std::string last_failure = {};  ///< logged when it changes, and each minute while there is a `cause`
    time_point logged = {};
    refusal_cause cause = refusal_cause::none;  ///< of the last refusal, until a link is up or it lapses
    unsigned failed_since = 0;                  ///< attempts since then that failed without a cause
    std::uint64_t started = 0;  ///< start time of the node that answered last, ms since 1970; 0: not known
    bool namesake = false;      ///< the node that answered last has this node's name
    bool led_back = false;      ///< the last attempt led to this node itself
    bool came_later = false;    ///< the first attempt found no node
  };

  /// Returns the target of `address`; adds it if it is missing.
  target& add(const std::string& address) {
    return targets_.try_emplace(address, target{.address = address}).first->second;
  }

  /// Null: there is no such target.
  target* find(std::string_view address) {
    const auto found = targets_.find(address);
    return found == targets_.end() ? nullptr : &found->second;
  }

  /// Returns the target that `attempt` dials; null: there is none.
  target* of_attempt(std::uint64_t attempt) {
    for (auto& [address, each] : targets_)
      if (each.attempt == attempt)
        return &each;
    return nullptr;
  }

  template <class F>
  void for_each(F visit) {
    for (auto& [address, each] : targets_)
      visit(each);
  }

  template <class Predicate>
  void forget_if(Predicate is_done) {
    std::erase_if(targets_, [&](const auto& each) { return is_done(each.second); });
  }

  std::size_t size() const noexcept { return targets_.size(); }

  /// Returns the cause if this node, started at `started` and never linked, must consider itself the wrong one. Of
  /// nodes with one name, every node but the first started is wrong, however many they are. Otherwise, of two nodes
  /// that refuse each other, the later started one is wrong; of more, the one refused by several. So two newcomers with
  /// a wrong secret outvote one correct node that has not been linked yet.
  refusal_cause verdict(std::uint64_t started) const {
    auto found = refusal_cause::none;
    std::size_t refusals = 0;
    for (const auto& [address, each] : targets_) {
      if (each.cause == refusal_cause::none)
        continue;
      const bool is_newer = each.started != 0 ? each.started > started : each.came_later;
      const bool age_decides = each.namesake && each.cause == refusal_cause::name_taken;
      if ((!age_decides && ++refusals > 1) || !is_newer)
        found = each.cause;
    }
    return found;
  }

  /// Returns the pause before `which` is dialled again.
  std::chrono::milliseconds next_delay(target& which, random_source& random) {
    const auto longest = which.retry;
    which.retry = std::min(longest * 2, last_retry);
    return random.between(longest / 2, longest);
  }

private:
  std::map<std::string, target, std::less<>> targets_;
};

}  // namespace ability
