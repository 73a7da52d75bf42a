/// A configured address whose host is a name.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/log.hpp"

namespace ability {

/// The name is looked up periodically. Each of its addresses is dialled, as each may belong to another node.
class join_name {
public:
  static constexpr std::size_t max_addresses = 64;   ///< per name; more are ignored
  static constexpr std::chrono::seconds again{30};   ///< interval of look-ups while there is a link
  static constexpr std::chrono::seconds soonest{5};  ///< longest interval while there is no link

  /// `name` is a `host:port`.
  explicit join_name(std::string name) : name_{std::move(name)} {}

  const std::string& name() const noexcept { return name_; }

  /// Addresses as `ip:port`, from the last look-up that found any.
  const std::vector<std::string>& addresses() const noexcept { return addresses_; }

  bool has(std::string_view address) const;

  /// True if a look-up has ended, with any result.
  bool tried() const noexcept { return tried_; }

  /// Begins a look-up; false: one is under way.
  bool begin() noexcept;

  /// Ends a look-up. Returns the pause until the next one, which grows while this node is alone.
  std::chrono::milliseconds end(bool alone);

  /// Replaces the addresses and logs a change. Returns those before.
  std::vector<std::string> use(std::vector<std::string> addresses);

  /// Logs a message about the name, unless it is the same as the last one.
  void log_change(log_level level, std::string_view message, std::initializer_list<log_field> fields);

private:
  std::string name_;
  std::vector<std::string> addresses_;
  bool under_way_ = false;  // a look-up
  bool tried_ = false;
  std::chrono::milliseconds delay_{100};
  std::string logged_;
};

/// True if the host of `host:port` is a name, not an IP address.
bool names_host(const std::string& address);

}  // namespace ability
