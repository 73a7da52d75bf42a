#include "net/fly_gateway/introduction.hpp"

#include "protocol/http/forwarded.hpp"

namespace ability {

void introduction::add_to(client_handshake& known, const edge_settings& settings) const {
  for (const auto& name : settings.forwarded_headers)
    if (const auto found = helo.headers.find(name); found != helo.headers.end())
      known.headers.insert_or_assign(
          name, name == "cookie" ? keep_cookies(found->second, settings.forwarded_cookies) : found->second);
  if (helo.token.empty())
    return;
  if (settings.token_param.empty()) {
    known.headers.insert_or_assign("authorization", "Bearer " + helo.token);
    return;
  }
  known.token = helo.token;
  known.headers.insert_or_assign("x-" + settings.token_param, helo.token);
}

std::string introduction::for_backend(std::string_view sid, std::string_view identity) const {
  return encode_helo(fly::helo_request{.serializers = helo.serializers,
                                       .deflate = helo.deflate,
                                       .ack = helo.ack,
                                       .headers = helo.headers,
                                       .session = std::string{sid},
                                       .identity = std::string{identity}});
}

}  // namespace ability
