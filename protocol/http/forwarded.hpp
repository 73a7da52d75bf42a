/// The parts of a client's request that are forwarded to the application.
/// Source: docs/protocols/app-rpc.md "env".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// The cookies of a `Cookie` header with names in `names`, joined by `; `, values unchanged (they may contain `=` and
/// spaces). All cookies if `names` is empty.
std::string keep_cookies(std::string_view header, std::span<const std::string> names);

/// True if `text` is an IPv4 or IPv6 address, without brackets, port or zone.
bool is_address(std::string_view text);

/// Addresses of proxies whose statements about their clients are trusted.
class trusted_proxies {
public:
  /// Adds `10.0.0.1`, `10.0.0.0/8`, `::1` or `fd00::/8`. False: `text` is none of these.
  bool add(std::string_view text);

  /// True if `address` (IPv4 or IPv6 text) is among them. An IPv4 address mapped to IPv6 counts as IPv4.
  bool contain(std::string_view address) const;

  /// True if there are none.
  bool empty() const noexcept { return ranges_.empty(); }

private:
  struct range {
    std::string network;  // 16 bytes, IPv4 as mapped
    unsigned bits;        // significant bits of `network`
  };

  std::vector<range> ranges_;
};

}  // namespace ability
