/// An interest set: a string set for millions of names with bounded latency.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace ability {

/// A name with its hash, computed once for look-ups in several sets.
struct hashed_name {
  explicit hashed_name(std::string_view name) : text{name}, hash{std::hash<std::string_view>{}(name)} {}

  std::string_view text;
  std::size_t hash;
};

/// Names are spread over many small tables, so that no single rehash or clear is large.
class interest_set {
public:
  interest_set() {
    // Different load factors: equally full tables would all rehash at the same time.
    for (std::size_t i = 0; i < parts; ++i)
      parts_[i].max_load_factor(0.7F * std::exp2(static_cast<float>(i) / parts));
  }

  bool contains(const hashed_name& name) const {
    const auto& part = part_of(name);
    return part.find(name) != part.end();
  }

  /// True if the name was added.
  bool insert(std::string&& name) {
    auto& part = part_of(hashed_name{name});
    const bool added = part.insert(std::move(name)).second;
    size_ += added;
    return added;
  }

  /// True if the name was removed.
  bool erase(std::string_view name) {
    const hashed_name wanted{name};
    auto& part = part_of(wanted);
    const auto found = part.find(wanted);
    if (found == part.end())
      return false;
    part.erase(found);
    --size_;
    return true;
  }

  std::size_t size() const noexcept { return size_; }

  /// Discards at most `at_most` names. True if some are left.
  bool discard_some(std::size_t at_most) {
    for (auto& part : parts_) {
      if (part.empty())
        continue;
      for (; at_most > 0 && !part.empty(); --at_most, --size_)
        part.erase(part.begin());
      if (part.empty())
        table{}.swap(part);
      break;
    }
    return size_ > 0;
  }

private:
  struct hasher {
    using is_transparent = void;
    std::size_t operator()(const std::string& name) const { return std::hash<std::string>{}(name); }
    std::size_t operator()(const hashed_name& name) const { return name.hash; }
  };
  struct same {
    using is_transparent = void;
    bool operator()(const std::string& a, const std::string& b) const { return a == b; }
    bool operator()(const std::string& a, const hashed_name& b) const { return a == b.text; }
    bool operator()(const hashed_name& a, const std::string& b) const { return a.text == b; }
  };
  using table = std::unordered_set<std::string, hasher, same>;

  static constexpr std::size_t parts = 64;

  // Uses high bits of the hash: the lowest bits pick a lane, so they are much the same for all names of a set.
  static std::size_t index_of(const hashed_name& name) { return (name.hash >> 32) % parts; }
  table& part_of(const hashed_name& name) { return parts_[index_of(name)]; }
  const table& part_of(const hashed_name& name) const { return parts_[index_of(name)]; }

  std::array<table, parts> parts_;
  std::size_t size_ = 0;
};

}  // namespace ability
