#include "net/http/response.hpp"

#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/serializer.hpp>

namespace ability {

namespace http = boost::beast::http;

http_response plain_answer(http::status status, std::string_view text, bool keep_alive) {
  http_response answer{status, 11};
  answer.set(http::field::server, "abilityd");
  answer.set(http::field::content_type, "text/plain; charset=utf-8");
  answer.keep_alive(keep_alive);
  answer.body() = text;
  answer.prepare_payload();
  return answer;
}

http_response as_json(http_response answer) {
  answer.set(http::field::content_type, "application/json");
  answer.set(http::field::cache_control, "no-store");
  return answer;
}

http_response come_back_later(std::string_view why, bool keep_alive) {
  auto answer = plain_answer(http::status::service_unavailable, why, keep_alive);
  answer.set(http::field::retry_after, "1");
  return answer;
}

std::string to_text(const http_response& answer) {
  http::serializer<false, http::string_body, http::fields> serializer{answer};
  std::string text;
  boost::system::error_code error;
  while (!error && !serializer.is_done())
    serializer.next(error, [&](boost::system::error_code&, const auto& buffers) {
      text += boost::beast::buffers_to_string(buffers);
      serializer.consume(boost::beast::buffer_bytes(buffers));
    });
  return text;
}

}  // namespace ability
