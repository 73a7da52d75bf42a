/// One HTTP connection: requests and answers, until it closes or becomes a WebSocket.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>

#include "net/http/client_protocol.hpp"
#include "net/http/response.hpp"
#include "net/lane/coalescing_stream.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"
#include "net/lane/unfinished_input.hpp"

namespace ability {

/// Reads one request at a time, also pipelined ones, and the next only once the answer is sent. Use on its lane only;
/// alive as long as an operation is pending.
class http_session final : public std::enable_shared_from_this<http_session>, public stoppable, private wheel_timer {
public:
  /// Begins with the TLS handshake if the socket has TLS.
  static void start(lane_context& where, outbox::pointer socket, service serves);

  http_session(lane_context& where, outbox::pointer socket, service serves);

  /// Ends the session; after the answer if a request was received completely.
  void stop() override;

private:
  using http_request_head = boost::beast::http::request_header<>;
  using request_parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void on_timer() override;
  bool refuse_to_wait();
  void read_head();
  void parse_head();
  void on_head(boost::system::error_code error);
  void read_body();
  void on_body(boost::system::error_code error);
  void upgrade();
  void answer(http_response what);
  void fail(boost::system::error_code error);
  void refuse_body();
  void end();

  lane_context& context_;
  outbox::pointer outbox_;
  coalescing_stream stream_;
  service serves_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  std::optional<http_request_head> head_;  // as it was before the trailer of a chunked body
  unfinished_share unfinished_;
  std::shared_ptr<http_session> awaiting_;  // this session, while actors are asked for the answer; else null
  bool has_deadline_ = true;                // the current request, or the first one awaited
  bool ended_ = false;
};

}  // namespace ability
