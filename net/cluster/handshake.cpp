#include "net/cluster/handshake.hpp"

#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/endian/conversion.hpp>
#include <utility>

namespace ability {

namespace {

// The pending join. May be destroyed by any thread, with a message that was not delivered.
class door final : public pending_join {
public:
  explicit door(tunnel_common_ptr common, std::shared_ptr<handshake_session> session)
      : common_{std::move(common)}, session_{std::move(session)} {}

  ~door() override {
    if (session_ != nullptr)
      boost::asio::dispatch(common_->home.io(), [common = common_, session = std::move(session_)] {
        session->refuse({"stopping", "the node is about to stop"});
      });
  }

  void proceed(link_actor link) override {
    if (const auto session = std::exchange(session_, nullptr))
      session->proceed(std::move(link));
  }

  void refuse(refusal_of_node why) override {
    if (const auto session = std::exchange(session_, nullptr))
      session->refuse(why);
  }

private:
  const tunnel_common_ptr common_;
  std::shared_ptr<handshake_session> session_;
};

}  // namespace

handshake_session::handshake_session(tunnel_common_ptr common, std::shared_ptr<socket_count> count)
    : common_{std::move(common)},
      count_{std::move(count)},
      deadline_{clock::now() + common_->settings.limits.handshake} {
  common_->home.wheel().set(*this, common_->settings.limits.handshake);
  common_->sessions.push_back(*this);
}

// -- in and out ---

void handshake_session::take(fly::byte_stream_ptr stream) {
  stream_ = std::move(stream);
  stream_->on_broken([self = shared_from_this()](const std::string& why) { self->fail(tunnel_refusal::other, why); });
}

void handshake_session::read() {
  if (stream_ != nullptr)
    stream_->wait_readable([self = shared_from_this()] { self->receive(); });
}

void handshake_session::receive() {
  if (ended_ || stream_ == nullptr)
    return;
  std::array<char, 4'096> buffer;
  boost::system::error_code error;
  const auto got = stream_->read_some(buffer, error);
  received_.append(buffer.data(), got);
  if (error == boost::asio::error::would_block)
    read();
  else if (error == boost::asio::error::eof)
    fail(tunnel_refusal::other, "the other end hung up");
  else if (error)
    fail(stream_->complaint().empty() ? tunnel_refusal::other : tunnel_refusal::tls_failed,
         stream_->complaint().empty() ? error.message() : stream_->complaint());
  else
    on_bytes();
}

void handshake_session::say(const handshake_message& what) {
  said_ = true;
  stream_->write(encode_handshake_message(what));
}

std::optional<handshake_message> handshake_session::next_handshake_message() {
  if (received_.size() < handshake_header_size)
    return std::nullopt;
  const auto size = boost::endian::load_big_u32(reinterpret_cast<const unsigned char*>(received_.data()));
  if (size > max_handshake_size) {
    malformed("a greeting must not have " + std::to_string(size) + " bytes");
    return std::nullopt;
  }
  if (received_.size() < handshake_header_size + size)
    return std::nullopt;
  auto read = decode_handshake_message(std::string_view{received_}.substr(handshake_header_size, size));
  if (!read) {
    malformed(read.error().detail);
    return std::nullopt;
  }
  received_.erase(0, handshake_header_size + size);
  return std::move(*read);
}

// -- decisions ---

std::shared_ptr<pending_join> handshake_session::make_door() {
  return std::make_shared<door>(common_, shared_from_this());
}

void handshake_session::proceed(link_actor link) {
  if (std::exchange(decided_, true))
    return;
  link_ = std::move(link);
  on_proceed();
}

void handshake_session::refuse(const refusal_of_node& why) {
  if (!std::exchange(decided_, true) && !ended_)
    turn_away(why, std::nullopt);
}

void handshake_session::turn_away(const refusal_of_node& what, std::optional<tunnel_refusal> why) {
  say(what);
  if (why)
    fail(*why, what.message);
  else
    end();
}

// -- end ---

void handshake_session::fail(tunnel_refusal why, const std::string& detail) {
  if (ended_)
    return;
  const auto self = shared_from_this();
  said_ = said_ || why == tunnel_refusal::tls_failed;  // a TLS alert is queued
  on_failure(why, detail);
  end();
}

void handshake_session::on_timer() {
  fail(tunnel_refusal::handshake_timeout,
       "not up within " + std::to_string(common_->settings.limits.handshake.count()) + " ms");
}

void handshake_session::stop(bool) {
  said_ = false;  // close without flushing
  fail(tunnel_refusal::other, "this node stops");
}

void handshake_session::malformed(const std::string& detail) {
  turn_away({"malformed", detail}, tunnel_refusal::malformed);
}

tunnel_entry handshake_session::become_tunnel() {
  tunnel_entry entry{common_, std::move(count_), std::move(stream_), std::move(received_), deadline_};
  end();
  return entry;
}

void handshake_session::end() {
  if (std::exchange(ended_, true))
    return;
  cancel();
  tunnel_session::unlink();
  on_end();
  const auto count = std::move(count_);
  const auto stream = std::move(stream_);
  if (stream == nullptr)
    return;
  // Flush the last message, then close. Close at once if nothing was sent.
  if (said_)
    count->drain(stream);
  else
    stream->close();
}

}  // namespace ability
