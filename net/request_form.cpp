#include "net/request_form.hpp"

#include <boost/beast/core/string.hpp>
#include <string_view>

#include "protocol/authority.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Beast does not look into it.
bool is_handshake_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") && key.find_first_not_of(base64_digits) == 22;
}

// A target in absolute form would name the host, too, but must come with a Host all the same.
bool has_wrong_host(const http_request& request) {
  if (request.count(http::field::host) == 0)
    return request.version() >= 11;
  return !parse_authority(request[http::field::host]);
}

}  // namespace

bool has_body(const http_request& request) {
  const auto length = request[http::field::content_length];
  return request.count(http::field::transfer_encoding) > 0 || (!length.empty() && length != "0");
}

std::optional<http_answer> refuse_by_form(const http_request& request) {
  if (has_wrong_host(request))
    return plain_answer(http::status::bad_request, "send one Host, like example.com or example.com:8080\n", false);
  // Whoever reads another coding as the end of the request would take its body for the next one.
  if (request.count(http::field::transfer_encoding) > 0 &&
      !beast::iequals(request[http::field::transfer_encoding], "chunked"))
    return plain_answer(http::status::bad_request, "Transfer-Encoding can only be chunked\n", false);
  return {};
}

std::optional<http_answer> refuse_handshake_by_form(const http_request& request) {
  if (request[http::field::sec_websocket_version] != "13") {
    const bool other = request.count(http::field::sec_websocket_version) > 0;
    auto answer = plain_answer(other ? http::status::upgrade_required : http::status::bad_request,
                               "Sec-WebSocket-Version must be 13\n", false);
    answer.set(http::field::sec_websocket_version, "13");
    return answer;
  }
  if (!is_handshake_key(request[http::field::sec_websocket_key]))
    return plain_answer(http::status::bad_request, "Sec-WebSocket-Key must be 16 bytes in base64\n", false);
  // Its bytes would be taken for frames.
  if (has_body(request))
    return plain_answer(http::status::bad_request, "a WebSocket handshake has no body\n", false);
  return {};
}

}  // namespace ability
