#include "net/cluster/tunnel_connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/messages.hpp"
#include "actors/node/log.hpp"
#include "net/fly/transport/packets.hpp"

namespace ability {

namespace asio = boost::asio;

using clock = std::chrono::steady_clock;

namespace {

// The actor's handle of the connection, which ends when the handle is destroyed. Any thread may destroy it.
class handle final : public peer_connection {
public:
  handle(tunnel_common_ptr common, std::shared_ptr<tunnel_connection> session)
      : common_{std::move(common)}, session_{std::move(session)} {}

  ~handle() override {
    asio::dispatch(common_->home.io(), [session = std::move(session_)] { session->close("its actor has ended"); });
  }

  const std::string& peer() const override { return session_->peer(); }
  std::uint64_t bytes_sent() const override { return session_->bytes_sent(); }
  void message_handled() override { session_->message_handled(); }
  bool admit() override { return session_->admit(); }
  void close(std::string_view why) override { session_->close(why); }

private:
  const tunnel_common_ptr common_;
  std::shared_ptr<tunnel_connection> session_;
};

}  // namespace

// -- begin ---

tunnel_connection::tunnel_connection(tunnel_entry entry, kind what, const node_id_pool::lease& id)
    : common_{std::move(entry.common)},
      count_{std::move(entry.count)},
      kind_{what},
      peer_{fly::text_of(entry.stream->peer())},
      id_{id},
      deadline_{entry.deadline},
      stream_{std::move(entry.stream)},
      filter_{what == kind::dialled_node ? basp_filter::side::dialled : basp_filter::side::accepted, id.id,
              what == kind::program ? common_->settings.limits.program_payload : common_->settings.limits.node_payload},
      caf_{common_->home.io().get_executor()} {
  common_->sessions.push_back(*this);
}

std::shared_ptr<tunnel_connection> tunnel_connection::make(tunnel_entry& entry, kind what, std::string& why_not) {
  const auto common = entry.common;
  auto& pool = what == kind::program ? common->program_ids : common->node_ids;
  if (const auto id = pool.take())
    return std::shared_ptr<tunnel_connection>{new tunnel_connection{std::move(entry), what, *id}};
  why_not = "too many connections have come and gone within seconds";
  common->refuse(tunnel_refusal::other, fly::text_of(entry.stream->peer()), why_not);
  entry.stream->close();
  return nullptr;
}

void tunnel_connection::let_in(tunnel_entry entry, const link_actor& link) {
  std::string why_not;
  auto received = std::move(entry.received);
  if (const auto made = make(entry, kind::accepted_node, why_not)) {
    made->begin(caf::actor_cast<caf::actor>(link));
    made->publish();
    made->feed(received);
  } else {
    caf::anon_send(link, peer_connection_closed{why_not});
  }
}

void tunnel_connection::join(tunnel_entry entry, const link_actor& link) {
  std::string why_not;
  auto received = std::move(entry.received);
  if (const auto made = make(entry, kind::dialled_node, why_not)) {
    made->begin(caf::actor_cast<caf::actor>(link));
    made->connect();
    made->feed(received);
  } else {
    caf::anon_send(link, peer_connection_closed{why_not});
  }
}

void tunnel_connection::attach_program(tunnel_entry entry) {
  const auto common = entry.common;
  std::string why_not;
  auto received = std::move(entry.received);
  const auto made = make(entry, kind::program, why_not);
  if (made == nullptr)
    return;
  made->count_->when_crowded_out([weak = std::weak_ptr{made}] {
    const auto self = weak.lock();
    if (self == nullptr)
      return;
    self->fail(tunnel_refusal::crowded_out, "too many connections have not shown yet that they may be here");
    self->stream_->close();
  });
  made->begin(caf::actor_cast<caf::actor>(common->make_monitor_session(made->make_handle())));
  made->publish();
  made->feed(received);
}

void tunnel_connection::begin(caf::actor whom) {
  actor_ = std::move(whom);
  filter_.admit(actor_.id());
  stream_->on_broken([self = shared_from_this()](const std::string& why) { self->lose(why); });
  stream_->on_sent([self = shared_from_this()] { self->read_caf(); });
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - clock::now());
  common_->home.wheel().set(*this, std::max(left, std::chrono::milliseconds{1}));
  read_network();
}

void tunnel_connection::publish() {
  if (take_socket(common_->join.publish(caf::actor_cast<caf::strong_actor_ptr>(actor_))))
    read_caf();
}

void tunnel_connection::connect() {
  auto done = [self = shared_from_this()](const caf::actor& remote, const std::string& why_not) {
    self->joined(remote, why_not);
  };
  if (take_socket(common_->join.connect(std::move(done))))
    read_caf();
}

bool tunnel_connection::take_socket(const caf_bridge::join_result& made) {
  if (!made) {
    fail(tunnel_refusal::other, made.error());
    return false;
  }
  handle_ = made->handle;
  boost::system::error_code error;
  caf_.assign(asio::local::stream_protocol{}, made->ours, error);
  if (!error)
    caf_.non_blocking(true, error);
  if (!error)
    return true;
  if (!caf_.is_open())
    ::close(made->ours);
  fail(tunnel_refusal::other, "no socket to the middleman: " + error.message());
  return false;
}

void tunnel_connection::joined(const caf::actor& remote, const std::string& why_not) {
  if (state_ != state::open)
    return;
  if (!remote)
    return lose("the middleman does not take the connection: " + why_not);
  remote_ = remote;
  tell_link();
}

void tunnel_connection::note_established() {
  if (established_ || !filter_.established())
    return;
  established_ = true;
  wheel_timer::cancel();
  if (kind_ != kind::program)
    count_->up();
  tell_link();
}

bool tunnel_connection::admit() {
  if (kind_ != kind::program || admitted_ || state_ != state::open)
    return true;
  if (common_->programs >= common_->settings.limits.programs) {
    common_->refuse(tunnel_refusal::other, peer_, "too many monitoring programs");
    return false;
  }
  admitted_ = true;
  ++common_->programs;
  count_->up();
  log(log_level::debug, "monitoring program attached", {{"peer", peer_}});
  return true;
}

// Tells the link that it is up, before any message for the link can arrive.
void tunnel_connection::tell_link() {
  if (kind_ == kind::program || !established_ || (kind_ == kind::dialled_node && !remote_) ||
      std::exchange(told_, true))
    return;
  caf::anon_send(actor_, link_connected{make_handle(), std::exchange(remote_, nullptr)});
}

peer_connection_ptr tunnel_connection::make_handle() { return std::make_shared<handle>(common_, shared_from_this()); }

// -- end ---

void tunnel_connection::on_timer() {
  if (state_ == state::lingering)
    finish();
  else if (!established_)
    fail(tunnel_refusal::handshake_timeout,
         "not up within " + std::to_string(common_->settings.limits.handshake.count()) + " ms");
  else
    on_stalled();
}

void tunnel_connection::fail(tunnel_refusal why, const std::string& detail) {
  // A connection that we have dialled cannot be refused by us, except for malformed input.
  if (state_ == state::open && (kind_ != kind::dialled_node || why == tunnel_refusal::malformed))
    common_->refuse(why, peer_, detail);
  lose(detail);
}

void tunnel_connection::lose(const std::string& why) {
  if (state_ == state::closed)
    return;
  if (state_ == state::open)
    tell_closed(why);
  finish();
}

void tunnel_connection::close(std::string_view why) {
  if (state_ != state::open)
    return;
  state_ = state::lingering;
  tell_closed(std::string{why});
  if (established_)
    common_->home.wheel().set(*this, linger);
  else
    finish();
}

void tunnel_connection::stop(bool gently) {
  if (gently)
    close("this node stops");
  else
    lose("this node stops");
}

void tunnel_connection::tell_closed(const std::string& why) {
  log(kind_ == kind::program ? log_level::debug : log_level::info,
      kind_ == kind::program ? "monitoring program detached" : "connection to a node closed",
      {{"peer", peer_}, {"reason", why}, {"messages", filter_.messages_in()}, {"dropped", dropped_}});
  caf::anon_send(actor_, peer_connection_closed{why});
}

void tunnel_connection::finish() {
  if (std::exchange(state_, state::closed) == state::closed)
    return;
  const auto self = shared_from_this();
  wheel_timer::cancel();
  tunnel_session::unlink();
  boost::system::error_code ignored;
  caf_.close(ignored);
  count_->drain(stream_);
  if (handle_ >= 0)
    common_->join.left(handle_);
  ids().give_back(id_);
  if (admitted_)
    --common_->programs;
  count_ = nullptr;
  actor_ = nullptr;
  remote_ = nullptr;
}

}  // namespace ability
