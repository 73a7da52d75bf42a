#include "protocol/http/proxy_headers.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace ability;

/// Input: the value of each header that may contain a client's address.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  static const auto proxies = [] {
    trusted_proxies all;
    all.add("10.0.0.0/8");
    all.add("::1");
    return all;
  }();
  for (const auto& told : {proxy_headers{.forwarded_for = text}, proxy_headers{.forwarded = text},
                           proxy_headers{.forwarded_proto = text, .real_ip = text}}) {
    hold(is_address(client_behind(proxies, "10.0.0.1", told).address), "a client has an address");
    hold(client_behind(proxies, "192.0.2.1", told).address == "192.0.2.1", "who is not trusted is not believed");
  }
  const auto node = node_address(text);
  hold(node.empty() || is_address(node), "an address is one");
  return 0;
}
