#include "apps/abilityctl/cli/http_post.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <optional>

#include "apps/load/links/endpoints.hpp"

namespace ability {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;

namespace {

constexpr std::size_t max_answer = std::size_t{1} << 20;

http::request<http::string_body> request_of(const post_order& order, const load::endpoint& where) {
  http::request<http::string_body> request{http::verb::post, where.path, 11};
  request.set(http::field::host, where.authority());
  request.set(http::field::user_agent, "abilityctl/" ABILITY_VERSION);
  request.set(http::field::content_type, "application/json");
  if (!order.bearer_key.empty())
    request.set(http::field::authorization, "Bearer " + order.bearer_key);
  request.keep_alive(false);
  request.body() = order.body;
  request.prepare_payload();
  return request;
}

template <class Stream>
asio::awaitable<post_answer> exchange(Stream& stream, const http::request<http::string_body>& request) {
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_answer);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  const auto& got = parser.get();
  co_return post_answer{got.result_int(), got.body(), std::string{got["Ability-Position"]}};
}

asio::awaitable<post_answer> run(const post_order& order, const load::endpoint& where) {
  const auto executor = co_await asio::this_coro::executor;
  const auto request = request_of(order, where);
  asio::ip::tcp::resolver resolver{executor};
  const auto found = co_await resolver.async_resolve(where.host, std::to_string(where.port), asio::use_awaitable);
  beast::tcp_stream plain{executor};
  if (!where.secure()) {
    co_await plain.async_connect(found, asio::use_awaitable);
    co_return co_await exchange(plain, request);
  }
  ssl::context context{ssl::context::tls_client};
  if (order.ca_file.empty())
    context.set_default_verify_paths();
  else
    context.load_verify_file(order.ca_file);
  ssl::stream<beast::tcp_stream> secure{std::move(plain), context};
  SSL_set_tlsext_host_name(secure.native_handle(), where.host.c_str());
  secure.set_verify_mode(ssl::verify_peer);
  secure.set_verify_callback(ssl::host_name_verification{where.host});
  co_await secure.next_layer().async_connect(found, asio::use_awaitable);
  co_await secure.async_handshake(ssl::stream_base::client, asio::use_awaitable);
  co_return co_await exchange(secure, request);
}

/// Reason for a missing reply, and a remedy.
std::string told(const boost::system::error_code& why, const load::endpoint& where) {
  auto text = why.message();
  if (!where.secure() && (why == http::error::end_of_stream || why == asio::error::connection_reset))
    return "it closed the connection without an answer; if it speaks TLS there, begin the URL with https://";
  if (text.find("wrong version number") != std::string::npos)
    return text + "; if it speaks plain HTTP there, begin the URL with http://";
  if (text.find("certificate verify failed") != std::string::npos)
    return text + "; name the file of its authority by --ca";
  return text;
}

}  // namespace

boost::system::result<post_answer, std::string> post(const post_order& order) {
  const auto where = load::parse_endpoint(order.url);
  if (!where)
    return where.error();
  if (where->scheme != "http" && where->scheme != "https")
    return '"' + load::without_secrets(order.url) + "\" must begin with http:// or https://";
  asio::io_context io{1};
  std::optional<post_answer> answer;
  std::string failure;
  asio::co_spawn(io, run(order, *where), [&](const std::exception_ptr& thrown, post_answer got) {
    if (!thrown) {
      answer = std::move(got);
      return;
    }
    try {
      std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
      failure = told(error.code(), *where);
    } catch (const std::exception& error) {
      failure = error.what();
    }
  });
  io.run_for(order.timeout);
  if (answer)
    return std::move(*answer);
  if (failure.empty())
    failure = "no answer in time";
  return load::without_secrets(order.url) + " cannot be reached: " + failure;
}

}  // namespace ability
