/// The subscriptions of one FlyRPC client, by their aliases.
/// Source: docs/protocols/flyrpc.md "MQ: streams".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/fly/formats.hpp"

namespace ability {

/// In the order of the requests. Pointers to subscriptions are valid until the table is changed.
class alias_table {
public:
  struct subscription {
    std::uint16_t alias = 0;
    std::uint8_t sequence = 0;  ///< of the request
    bool answered = false;
    bool left = false;  ///< unsubscribed before the answer, which is sent nevertheless
    std::string identifier = {};

    std::uint32_t tag() const noexcept { return fly::tag_of(alias, sequence); }
  };

  /// Adds an unanswered subscription, or returns the reason why the alias or the identifier cannot have another one.
  std::optional<std::string> add(std::uint16_t alias, std::uint8_t sequence, const std::string& identifier);

  /// Adds a subscription of an earlier session, which was answered then.
  void restore(std::uint32_t tag, std::string_view identifier);

  // The subscription, or null. The first two leave out those that the client has left.
  const subscription* find(std::uint16_t alias) const;
  const subscription* find(std::string_view identifier) const;
  const subscription* unanswered(std::uint32_t tag) const;
  const subscription* first_unanswered(std::string_view identifier) const;

  /// True if the client has a subscription with this alias and this identifier.
  bool has(std::uint16_t alias, std::string_view identifier) const {
    const auto* const found = find(alias);
    return found != nullptr && found->identifier == identifier;
  }

  /// Marks the subscription as answered; forgets it if the client has left it.
  void confirm(const subscription& which);

  /// Ends the subscription by the client; an unanswered one is kept until its answer. Returns its identifier, or
  /// nullopt if there is no such alias.
  std::optional<std::string> leave(std::uint16_t alias);

  /// Forgets the subscription and returns it.
  subscription remove(const subscription& which);

private:
  subscription& entry(const subscription& which) {
    return entries_[static_cast<std::size_t>(&which - entries_.data())];
  }

  std::vector<subscription> entries_;
};

}  // namespace ability
