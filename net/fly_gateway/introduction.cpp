#include "net/fly_gateway/introduction.hpp"

#include <algorithm>
#include <utility>

#include "net/client/bound_cookies.hpp"
#include "protocol/http/forwarded.hpp"

namespace ability {

void introduction::add_to(client_handshake& known, const edge_settings& settings) const {
  for (const auto& name : settings.forwarded_headers)
    if (const auto found = helo.headers.find(name); found != helo.headers.end())
      known.headers.insert_or_assign(
          name, name == "cookie" ? keep_cookies(found->second, settings.forwarded_cookies) : found->second);
  if (const auto cookies = helo.headers.find("cookie"); cookies != helo.headers.end())
    known.bound_cookies = digest_of_cookies(cookies->second, settings.bound_cookies);
  else if (known.bound_cookies.empty())
    known.bound_cookies = digest_of_cookies({}, settings.bound_cookies);
  known.keeps_sessions = helo.positions;  // others could not be told what they miss
  known.earlier_sid = helo.resume;
  known.protocol = "flyrpc";
  if (helo.token.empty())
    return;
  if (settings.token_param.empty()) {
    known.headers.insert_or_assign("authorization", "Bearer " + helo.token);
    return;
  }
  known.token = helo.token;
  known.headers.insert_or_assign("x-" + settings.token_param, helo.token);
}

std::vector<std::uint16_t> introduction::make_answer(std::size_t most) {
  static constexpr std::size_t longest_alias = 6;  // with its comma
  std::vector<std::uint16_t> left_out;
  if (!helo.resume.empty())
    granted->restored = restored.has_value();
  auto& ids = granted->restored_ids;
  ids = std::exchange(restored, {}).value_or(std::vector<std::uint16_t>{});
  answer = encode_helo(*granted);
  while (answer.size() > most && !ids.empty()) {
    const auto keep = ids.size() - std::min(ids.size(), (answer.size() - most) / longest_alias + 1);
    left_out.insert(left_out.end(), ids.begin() + static_cast<std::ptrdiff_t>(keep), ids.end());
    ids.resize(keep);
    answer = encode_helo(*granted);
  }
  granted.reset();
  return left_out;
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
