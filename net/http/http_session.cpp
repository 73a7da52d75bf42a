#include "net/http/http_session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "net/http/router.hpp"
#include "net/io/field_lines.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::uint32_t max_head = 16 * 1024;                // bytes of request line and headers
constexpr std::size_t max_buffer = max_head + 64 * 1024;     // head and body bytes buffered at a time
constexpr std::chrono::milliseconds crowded_timeout{2'000};  // for a request, while sockets are scarce
constexpr std::size_t first_bytes = 512;                     // bytes read of a request before its parser is made
constexpr std::size_t long_answer = std::size_t{256} << 10;  // bytes; shorter ones do not count
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void http_session::start(lane_context& where, outbox::pointer socket, service serves) {
  auto session = std::make_shared<http_session>(where, std::move(socket), serves);
  const auto patience = where.settings.handshake_timeout;
  where.lane.wheel().set(*session, is_crowded(where, serves) ? std::min(patience, crowded_timeout) : patience);
  if (!session->outbox_->is_tls()) {
    session->read_head();
    return;
  }
  session->outbox_->async_handshake([session](boost::system::error_code error) {
    if (error)
      session->fail(error);
    else
      session->read_head();
  });
}

http_session::http_session(lane_context& where, outbox::pointer socket, service serves)
    : context_{where},
      outbox_{std::move(socket)},
      stream_{*outbox_, [this] { return refuse_to_wait(); }},
      serves_{serves},
      buffer_{max_buffer},
      unfinished_{where} {
  context_.stoppables.push_back(*this);
}

void http_session::stop() {
  // A request that was not received completely counts as not accepted. The actors that another is asked about may end.
  if (awaiting_ != nullptr)
    context_.lane.wheel().set(*this, context_.settings.close_timeout);
  else if (!parser_ || !parser_->is_done())
    end();
}

void http_session::on_timer() {
  // Answer an unfinished request with 408. End without an answer if no request has begun.
  if (parser_ && parser_->got_some() && !parser_->is_done()) {
    context_.home.counters.hit(limit::request_timeout);
    answer(plain_answer(http::status::request_timeout, "the request took too long\n", false));
  } else {
    end();
  }
}

// Called when a request is incomplete; returns true if the rest is not awaited. The idle timeout covers silence only,
// so a request on a kept connection gets its own timeout here. The first request has that of its connection.
bool http_session::refuse_to_wait() {
  if (ended_ || !parser_ || !parser_->got_some())
    return ended_;
  if (!std::exchange(has_deadline_, true))
    context_.lane.wheel().set(*this, context_.settings.handshake_timeout);
  if (unfinished_.hold(buffer_.size() + parser_->get().body().size()))
    return false;
  auto refused = plain_answer(http::status::service_unavailable, "too many requests are not whole yet\n", false);
  refused.set(http::field::retry_after, "1");
  answer(std::move(refused));
  return true;
}

void http_session::read_head() {
  if (context_.shared.stopping.load(std::memory_order_relaxed)) {
    end();
    return;
  }
  // Without a parser, a stop or a timeout ends the session at once.
  parser_.reset();
  // RFC 9112 section 2.2: skip empty lines before a request.
  const auto held = [this] {
    return std::string_view{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  };
  while (held().starts_with("\r\n"))
    buffer_.consume(2);
  if (!held().empty() && held() != "\r") {
    parse_head();
    return;
  }
  stream_.async_read_some(buffer_.prepare(first_bytes),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                            if (self->ended_)
                              return;
                            self->buffer_.commit(got);
                            if (error)
                              self->fail(error);
                            else
                              self->read_head();
                          });
}

void http_session::parse_head() {
  parser_.emplace();
  parser_->header_limit(max_head);
  parser_->body_limit(context_.settings.max_broadcast_size);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](boost::system::error_code error, std::size_t) { self->on_head(error); });
}

void http_session::on_head(boost::system::error_code error) {
  if (ended_)
    return;
  if (error) {
    fail(error);
    return;
  }
  fly::join_lines(parser_->get());
  const auto& request = parser_->get();
  if (auto refused = refuse_by_form(request)) {
    answer(std::move(*refused));
    return;
  }
  if (is_upgrade(context_, serves_, request)) {
    upgrade();
    return;
  }
  // Refuse by the head, if possible, before reading the body.
  if (auto refused = refuse_by_head(context_, serves_, *outbox_, request)) {
    answer(std::move(*refused));
    return;
  }
  if (request.version() >= 11 && has_body(request) && beast::iequals(request[http::field::expect], "100-continue"))
    outbox_->copy_in(std::string{go_on});
  read_body();
}

void http_session::read_body() {
  if (parser_->chunked())
    head_.emplace(parser_->get().base());
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](boost::system::error_code error, std::size_t) { self->on_body(error); });
}

void http_session::on_body(boost::system::error_code error) {
  if (ended_)
    return;
  // Restore the head: Beast adds a trailer to it, which must not change decisions made by the head.
  if (head_)
    parser_->get().base() = std::move(*std::exchange(head_, {}));
  if (error) {
    fail(error);
    return;
  }
  awaiting_ = shared_from_this();
  cancel();  // the request is whole, and what it asks for has a time of its own
  auto now = answer_to(context_, serves_, *outbox_, parser_->get(), [waiter = weak_from_this()](http_response what) {
    const auto self = waiter.lock();
    if (self == nullptr || self->ended_)
      return;
    self->awaiting_ = nullptr;
    self->answer(std::move(what));
  });
  if (!now)
    return;
  awaiting_ = nullptr;  // the caller holds the session, too
  answer(std::move(*now));
}

void http_session::upgrade() {
  auto choice = check_upgrade(context_, *outbox_, parser_->get());
  if (auto* refused = std::get_if<http_response>(&choice)) {
    answer(std::move(*refused));
    return;
  }
  cancel();
  ended_ = true;
  const auto& protocol = *std::get<const client_protocol*>(choice);
  protocol.start(context_, {.socket = outbox_,
                            .request = upgrade_request{std::move(parser_->get().base())},
                            .subprotocol = std::string{protocol.subprotocol},
                            .unread = beast::buffers_to_string(buffer_.data())});
}

void http_session::answer(http_response what) {
  // Programs that do not read long answers would hold a node's memory: an answer has many megabytes.
  if (!unfinished_.hold(what.body().size() > long_answer ? what.body().size() : 0)) {
    unfinished_.hold(0);
    what = come_back_later("too many long answers wait for programs that are slow to read them\n", what.keep_alive());
  }
  const bool more = what.keep_alive() && parser_->is_done() &&
                    !context_.shared.stopping.load(std::memory_order_relaxed) && !is_crowded(context_, serves_);
  // An HTTP/1.0 connection is kept only if the answer says so.
  what.version(more ? parser_->get().version() : what.version());
  what.keep_alive(more);
  what.version(11);
  // Content-Length still tells the size of a GET's answer.
  if (parser_ && parser_->get().method() == http::verb::head)
    what.body().clear();
  outbox_->copy_in(to_text(what));
  if (!more) {
    end();
    outbox_->when_drained([self = shared_from_this()] { self->unfinished_.hold(0); });
    return;
  }
  has_deadline_ = false;
  context_.lane.wheel().set(*this, context_.settings.http_idle_timeout);
  outbox_->when_drained([self = shared_from_this()] {
    self->unfinished_.hold(0);
    if (!self->ended_)
      self->read_head();
  });
}

void http_session::fail(boost::system::error_code error) {
  if (ended_)
    return;
  const bool theirs = parser_ && error != http::error::end_of_stream &&
                      error.category() == http::make_error_code(http::error::end_of_stream).category();
  if (!theirs) {
    end();
  } else if (parser_->is_header_done() &&
             (error == http::error::header_limit || error == http::error::buffer_overflow)) {
    answer(plain_answer(http::status::bad_request, "a chunk's extension or the trailer is too long\n", false));
  } else if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    context_.home.counters.hit(limit::request_head);
    answer(plain_answer(http::status::request_header_fields_too_large,
                        "the request's head is over " + std::to_string(max_head) + " bytes\n", false));
  } else if (error == http::error::body_limit) {
    refuse_body();
  } else {
    answer(plain_answer(http::status::bad_request, "malformed request: " + error.message() + "\n", false));
  }
}

void http_session::refuse_body() {
  const auto why = "the body is over " + std::to_string(context_.settings.max_broadcast_size) + " bytes";
  note_refusal(
      context_.home, refusal_reason::publication_too_large,
      [this] { return sender_of(context_, *outbox_, parser_->get()); }, why);
  answer(plain_answer(http::status::payload_too_large, why + '\n', false));
}

void http_session::end() {
  if (std::exchange(ended_, true))
    return;
  cancel();
  outbox_->begin_drain(context_.settings.close_timeout);
  if (awaiting_ != nullptr)  // this call needs the session
    boost::asio::post(stream_.get_executor(), [self = std::exchange(awaiting_, nullptr)] {});
}

}  // namespace ability
