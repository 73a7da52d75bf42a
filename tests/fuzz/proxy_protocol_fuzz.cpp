#include "protocol/proxy/proxy_protocol.hpp"

#include "protocol/http/forwarded.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  const auto header = decode_proxy_header(bytes);
  switch (header.state) {
    case proxy_header_state::whole:
      hold(header.size > 0 && header.size <= std::min(bytes.size(), max_proxy_header), "a header is of what came");
      hold(header.source.empty() || is_address(header.source), "a client has an address");
      for (std::size_t less = 0; less < header.size; ++less)
        hold(decode_proxy_header(bytes.substr(0, less)).state == proxy_header_state::incomplete,
             "a part of a header is incomplete");
      break;
    case proxy_header_state::incomplete:
      hold(bytes.size() < max_proxy_header, "what is too long is not waited for");
      break;
    case proxy_header_state::malformed:
      hold(header.complaint[0] != '\0', "what is malformed is told");
  }
  return 0;
}
