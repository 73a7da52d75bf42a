#include "net/fly/transport/websocket_handshake.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <utility>

#include "net/fly/transport/websocket_stream.hpp"
#include "net/fly/transport/websocket_transport.hpp"
#include "net/io/field_lines.hpp"
#include "protocol/http/authority.hpp"
#include "protocol/text/host_port.hpp"
#include "protocol/websocket/key.hpp"

namespace ability::fly {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using boost::system::error_code;

namespace {

constexpr std::size_t max_request = 16'384;  // bytes

struct client_upgrade {
  client_upgrade(const byte_stream_ptr& stream, upgrade_done call)
      : socket{std::make_unique<websocket_stream>(beast_stream{stream})}, done{std::move(call)} {}

  void finish(error_code error, profile how) {
    if (error == websocket::error::upgrade_declined)
      done("the server answered " + std::to_string(response.result_int()) + ' ' + std::string{response.reason()} +
           (response.result() == http::status::not_found ? "; check the path" : "; is it a FlyRPC server?"));
    else if (error == http::error::end_of_stream || error == boost::asio::error::connection_reset)
      done("the server closed the connection without an answer; does it speak TLS there (wss://), or no FlyRPC?");
    else if (error)
      done("the WebSocket handshake failed: " + error.message() + "; is it a FlyRPC server?");
    else if (response[http::field::sec_websocket_protocol] != websocket_subprotocol)
      done(std::string{"the server does not agree to the subprotocol "} + websocket_subprotocol +
           "; is it a FlyRPC server?");
    else
      done(transport_ptr{std::make_shared<websocket_transport>(std::move(socket), how)});
  }

  std::unique_ptr<websocket_stream> socket;
  websocket::response_type response;
  upgrade_done done;
};

struct server_upgrade : std::enable_shared_from_this<server_upgrade> {
  server_upgrade(const byte_stream_ptr& from, std::string at, profile with, upgrade_done call)
      : stream{from}, path{std::move(at)}, how{with}, done{std::move(call)} {
    parser.header_limit(max_request);
    parser.body_limit(boost::none);
  }

  void read() {
    http::async_read_header(stream, buffer, parser,
                            [self = shared_from_this()](error_code error, std::size_t) { self->answer(error); });
  }

  void answer(error_code error) {
    if (error == boost::asio::error::operation_aborted)
      return;
    join_lines(parser.get());
    const auto& request = parser.get();
    const auto target = request.target();
    if (error && error.category() != http::make_error_code(http::error::bad_target).category())
      refuse({}, error.message());
    else if (error)
      refuse(http::status::bad_request, "not an HTTP request: " + error.message());
    else if (!parse_authority(request[http::field::host]))
      refuse(http::status::bad_request, "send one Host, like example.com or example.com:8080");
    else if (target.substr(0, target.find('?')) != path)
      refuse(http::status::not_found, "there is nothing here; FlyRPC is at " + path);
    else if (!websocket::is_upgrade(request))
      refuse(http::status::upgrade_required, "this is for WebSocket clients");
    else if (!http::token_list{request[http::field::sec_websocket_protocol]}.exists(websocket_subprotocol))
      refuse(http::status::bad_request, std::string{"the client must offer the subprotocol "} + websocket_subprotocol);
    else if (!is_handshake_key(request[http::field::sec_websocket_key]))
      refuse(http::status::bad_request, "Sec-WebSocket-Key must be 16 bytes in base64");
    // A body would be read as WebSocket frames.
    else if (parser.chunked() || parser.content_length().value_or(0) > 0)
      refuse(http::status::bad_request, "a WebSocket handshake has no body");
    else if (buffer.size() > 0)
      refuse(http::status::bad_request, "the client must wait for the answer to its request");
    else
      accept();
  }

  void accept() {
    auto socket = std::make_unique<websocket_stream>(stream);
    socket->set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol, websocket_subprotocol);
    }));
    error_code error;
    socket->accept(parser.get(), error);
    if (error)  // Beast has already sent an error response
      refuse({}, error.message());
    else
      done(transport_ptr{std::make_shared<websocket_transport>(std::move(socket), how)});
  }

  // No status: the client cannot be answered, or was already answered.
  void refuse(http::status status, const std::string& why) {
    if (status != http::status{}) {
      http::response<http::string_body> response{status, 11, why + '\n'};
      response.set(http::field::content_type, "text/plain; charset=utf-8");
      if (status == http::status::upgrade_required) {
        response.set(http::field::upgrade, "websocket");
        response.set(http::field::connection, "upgrade");
      }
      response.keep_alive(false);
      response.prepare_payload();
      if (parser.get().method() == http::verb::head)
        response.body().clear();
      error_code ignored;
      http::write(stream, response, ignored);
    }
    stream.target()->drain();
    done(why);
  }

  beast_stream stream;
  std::string path;
  profile how;
  upgrade_done done;
  beast::flat_buffer buffer;
  http::request_parser<http::string_body> parser;
};

}  // namespace

void async_upgrade(const byte_stream_ptr& stream, const address& where, profile how, upgrade_done done) {
  const auto state = std::make_shared<client_upgrade>(stream, std::move(done));
  state->socket->set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(http::field::sec_websocket_protocol, websocket_subprotocol);
  }));
  state->socket->async_handshake(state->response, host_port(where.host, where.port), where.path,
                                 [state, how](error_code error) {
                                   if (error != boost::asio::error::operation_aborted)
                                     state->finish(error, how);
                                 });
}

void async_accept(const byte_stream_ptr& stream, const std::string& path, profile how, upgrade_done done) {
  std::make_shared<server_upgrade>(stream, path, how, std::move(done))->read();
}

}  // namespace ability::fly
