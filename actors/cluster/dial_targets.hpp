/// Addresses of other nodes, and when each may be dialled again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "actors/node/cluster_refusal.hpp"

namespace ability {

/// Each address once. Who dials asks how long to wait: longer each time, and never quite the same.
class dial_book {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds first_retry{100};
  static constexpr std::chrono::milliseconds last_retry{5'000};

  struct target {
    std::string address;        ///< `host:port`
    bool configured = false;    ///< dialled for ever
    bool own = false;           ///< it is this node's own: never dialled
    std::string uuid = {};      ///< who answered last, or is said to be there
    time_point heard = {};      ///< when somebody said so last
    std::uint64_t attempt = 0;  ///< that is under way; 0: none
    time_point dialled = {};    ///< when the last one began
    bool tried = false;         ///< an attempt has failed, or has led to this node
    bool due = false;           ///< it will be dialled without anything more
    std::chrono::milliseconds retry = first_retry;
    std::string last_failure = {};  ///< one that stays the same is logged once, or each minute if there is a `cause`
    time_point logged = {};
    refusal_cause cause = refusal_cause::none;  ///< of the last attempt that somebody answered
    std::uint64_t started = 0;                  ///< ms since 1970, of who said so last; 0: not known
    bool namesake = false;                      ///< who answered last has this node's name
    bool led_back = false;                      ///< the last attempt led to this node itself
    bool came_later = false;                    ///< nobody was there when it was dialled first
  };

  /// The target of that address, new if it was not there.
  target& add(const std::string& address) {
    return targets_.try_emplace(address, target{.address = address}).first->second;
  }

  /// Null: it is not there.
  target* find(std::string_view address) {
    const auto found = targets_.find(address);
    return found == targets_.end() ? nullptr : &found->second;
  }

  /// The target that `attempt` dials; null: there is none.
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

  /// Why a node that started at `started`, and was never linked, has to take itself for the wrong one. Of nodes that
  /// have one name that is each but the one that started first, however many they are. Else of two nodes that refuse
  /// each other it is the one that started later, and of more the one that is refused by several: two newcomers with a
  /// wrong secret outvote one node that is right and has not been linked yet.
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

  /// How long to wait before `which` is dialled again.
  std::chrono::milliseconds next_delay(target& which) {
    const auto longest = which.retry;
    which.retry = std::min(longest * 2, last_retry);
    return std::chrono::milliseconds{
        std::uniform_int_distribution<std::chrono::milliseconds::rep>{longest.count() / 2, longest.count()}(jitter_)};
  }

private:
  std::map<std::string, target, std::less<>> targets_;
  std::minstd_rand jitter_{std::random_device{}()};
};

}  // namespace ability
