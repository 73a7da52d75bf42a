#include "net/auth/key_set_fetcher.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <string>
#include <utility>

#include "protocol/http/authority.hpp"

namespace ability {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

// Ends with a response or at its time limit; a look-up that hangs is abandoned.
class key_set_fetcher::attempt final : public std::enable_shared_from_this<attempt> {
public:
  attempt(asio::io_context& io, key_set_place from, ssl::context& tls, std::function<void(result<std::string>)> done)
      : from_{std::move(from)}, done_{std::move(done)}, resolver_{io}, deadline_{io}, stream_{io, tls} {}

  void start() {
    deadline_.expires_after(time_limit);
    deadline_.async_wait([self = shared_from_this()](error_code error) {
      if (!error)
        self->fail("it took longer than " + std::to_string(time_limit.count()) + " s");
    });
    asio::co_spawn(deadline_.get_executor(), run(),
                   [self = shared_from_this()](const std::exception_ptr& thrown) { self->end(thrown); });
  }

  void cancel() {
    done_ = nullptr;
    close();
  }

private:
  asio::awaitable<void> run() {
    stage_ = "looking up the host";
    const auto found = co_await resolver_.async_resolve(from_.host, std::to_string(from_.port), asio::use_awaitable);
    if (!done_)
      co_return;
    stage_ = "connecting";
    co_await asio::async_connect(stream_.next_layer(), found, asio::use_awaitable);
    if (!from_.tls) {
      co_await ask(stream_.next_layer());
      co_return;
    }
    stage_ = "the TLS handshake";
    SSL_set_tlsext_host_name(stream_.native_handle(), from_.host.c_str());
    stream_.set_verify_mode(ssl::verify_peer);
    stream_.set_verify_callback(ssl::host_name_verification{from_.host});
    co_await stream_.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    co_await ask(stream_);
  }

  template <class Stream>
  asio::awaitable<void> ask(Stream& stream) {
    stage_ = "asking";
    http::request<http::empty_body> request{http::verb::get, from_.target, 11};
    request.set(http::field::host, authority_text(from_.host, from_.port, from_.tls));
    request.set(http::field::user_agent, "abilityd/" ABILITY_VERSION);
    request.set(http::field::accept, "application/jwk-set+json, application/json");
    request.set(http::field::connection, "close");
    co_await http::async_write(stream, request, asio::use_awaitable);
    stage_ = "reading the answer";
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.header_limit(max_head);
    parser.body_limit(max_size);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    auto answer = parser.release();
    if (answer.result() == http::status::ok)
      finish(std::move(answer.body()));
    else
      fail("status " + std::to_string(answer.result_int()) +
           (answer.count(http::field::location) > 0
                ? ", and redirections are not followed: name the place that it leads to"
                : ""));
  }

  void end(const std::exception_ptr& thrown) {
    if (!done_ || thrown == nullptr)
      return;
    try {
      std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
      fail(std::string{stage_} + ": " +
           (error.code() == http::error::body_limit ? "the key set is over " + std::to_string(max_size) + " bytes"
                                                    : error.code().message()));
    } catch (const std::exception& error) {
      fail(std::string{stage_} + ": " + error.what());
    }
  }

  void fail(std::string why) { finish(fault{errc::wrong_value, std::move(why)}); }

  void finish(result<std::string> what) {
    if (const auto done = std::exchange(done_, nullptr)) {
      close();
      done(std::move(what));
    }
  }

  void close() {
    deadline_.cancel();
    resolver_.cancel();
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  key_set_place from_;
  std::function<void(result<std::string>)> done_;
  tcp::resolver resolver_;
  asio::steady_timer deadline_;
  ssl::stream<tcp::socket> stream_;
  const char* stage_ = "";
};

key_set_fetcher::key_set_fetcher(asio::io_context& io) : io_{io} {
  error_code ignored;  // without authorities all certificates are refused, and the fetch reports it
  tls_.set_default_verify_paths(ignored);
}

key_set_fetcher::~key_set_fetcher() { stop(); }

void key_set_fetcher::fetch(const key_set_place& from, std::function<void(result<std::string>)> done) {
  stop();
  under_way_ = std::make_shared<attempt>(io_, from, tls_, std::move(done));
  under_way_->start();
}

void key_set_fetcher::stop() {
  if (const auto old = std::exchange(under_way_, nullptr))
    old->cancel();
}

}  // namespace ability
