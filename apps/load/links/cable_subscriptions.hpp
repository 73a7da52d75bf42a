/// Subscriptions of an Action Cable client, found by the identifier in a message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ability::load {

/// The identifier, JSON itself, of a subscription: `channel` with the stream's name in place of `{stream}`, or the
/// channel `$pubsub`.
std::string cable_identifier(const std::string& stream, const std::string& channel);

/// The subscriptions of one client. Uses little memory for few of them.
class cable_subscriptions {
public:
  void add(std::uint32_t number, std::string_view identifier);

  /// The identifier as a JSON string, quotes included; empty if there is no such subscription.
  std::string_view quoted(std::uint32_t number) const;

  /// The number of the subscription with this identifier; 0: none.
  std::uint32_t find(std::string_view identifier) const;

  /// The number of a message's subscription, found without parsing all of it: the only one, or the one with its
  /// identifier; 0: none.
  std::uint32_t of_message(std::string_view message) const;

private:
  struct subscription {
    std::uint32_t number;
    std::string quoted;
  };
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using index = std::unordered_map<std::string_view, std::uint32_t, hash, std::equal_to<>>;

  static constexpr std::size_t few = 8;  // up to here a linear search is used

  std::uint32_t find_quoted(std::string_view quoted) const;

  std::vector<std::unique_ptr<const subscription>> all_;
  std::unique_ptr<index> index_;
};

}  // namespace ability::load
