/// What of a client's request the application gets to see.
/// Source: docs/protocols/app-rpc.md "env".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// The cookies of a `Cookie` header whose names are in `names`, joined by `; `, values untouched (they may hold `=` and
/// spaces). All of them if `names` is empty.
std::string keep_cookies(std::string_view header, std::span<const std::string> names);

/// Whether `text` is an IPv4 or IPv6 address, without brackets, port or zone.
bool is_address(std::string_view text);

/// Addresses of proxies that are believed what they tell of their clients.
class trusted_proxies {
public:
  /// Takes `10.0.0.1`, `10.0.0.0/8`, `::1` or `fd00::/8`. False: `text` is none of these.
  bool add(std::string_view text);

  /// Whether `address` (IPv4 or IPv6 text) is one of them. An IPv4 address mapped to IPv6 counts as IPv4.
  bool contain(std::string_view address) const;

  /// Whether there is none.
  bool empty() const noexcept { return ranges_.empty(); }

private:
  struct range {
    std::string network;  // 16 bytes, IPv4 as mapped
    unsigned bits;        // of network that count
  };

  std::vector<range> ranges_;
};

}  // namespace ability
