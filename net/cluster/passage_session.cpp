#include "net/cluster/passage_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <span>
#include <utility>
#include <vector>

#include "actors/cluster_messages.hpp"
#include "actors/log.hpp"
#include "net/fly/shared.hpp"

namespace ability {

namespace asio = boost::asio;

using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t piece = 65'536;  // bytes at a time
constexpr std::chrono::milliseconds beat{500};
constexpr auto never = clock::time_point::min();

// A heartbeat of BASP.
constexpr std::array<char, basp_header_size> heartbeat{6};

std::span<char> shared_buffer() {
  thread_local std::vector<char> buffer(piece);
  return buffer;
}

// What the actor holds: when it lets go, the connection ends. Any thread may destroy it.
class handle final : public passage {
public:
  handle(tunnel_common_ptr common, std::shared_ptr<passage_session> session)
      : common_{std::move(common)}, session_{std::move(session)} {}

  ~handle() override {
    asio::dispatch(common_->home.io(), [session = std::move(session_)] { session->close("its actor has ended"); });
  }

  const std::string& peer() const override { return session_->peer(); }
  std::uint64_t bytes_sent() const override { return session_->bytes_sent(); }
  void message_handled() override { session_->message_handled(); }
  void close(std::string_view why) override { session_->close(why); }

private:
  const tunnel_common_ptr common_;
  std::shared_ptr<passage_session> session_;
};

}  // namespace

// -- begin ---

passage_session::passage_session(passage_entry entry, kind what, const stand_in_pool::lease& id)
    : common_{std::move(entry.common)},
      count_{std::move(entry.count)},
      kind_{what},
      peer_{fly::text_of(entry.stream->peer())},
      id_{id},
      deadline_{entry.deadline},
      stream_{std::move(entry.stream)},
      filter_{what == kind::dialled_node ? basp_filter::side::dialled : basp_filter::side::accepted, id.id,
              what == kind::program ? common_->settings.limits.program_payload : common_->settings.limits.node_payload},
      caf_{common_->home.io().get_executor()},
      stalled_since_{never} {
  common_->sessions.push_back(*this);
}

std::shared_ptr<passage_session> passage_session::make(passage_entry& entry, kind what, std::string& why_not) {
  const auto common = entry.common;
  auto& pool = what == kind::program ? common->program_ids : common->node_ids;
  if (const auto id = pool.take())
    return std::shared_ptr<passage_session>{new passage_session{std::move(entry), what, *id}};
  why_not = "too many connections have come and gone within seconds";
  common->refuse(tunnel_refusal::other, fly::text_of(entry.stream->peer()), why_not);
  entry.stream->close();
  return nullptr;
}

void passage_session::let_in(passage_entry entry, link_actor link) {
  std::string why_not;
  auto received = std::move(entry.received);
  if (const auto made = make(entry, kind::accepted_node, why_not)) {
    made->begin(caf::actor_cast<caf::actor>(link));
    made->publish();
    made->feed(received);
  } else {
    caf::anon_send(link, passage_closed{why_not});
  }
}

void passage_session::join(passage_entry entry, link_actor link) {
  std::string why_not;
  auto received = std::move(entry.received);
  if (const auto made = make(entry, kind::dialled_node, why_not)) {
    made->begin(caf::actor_cast<caf::actor>(link));
    made->connect();
    made->feed(received);
  } else {
    caf::anon_send(link, passage_closed{why_not});
  }
}

void passage_session::attach_program(passage_entry entry) {
  const auto common = entry.common;
  if (common->programs >= common->settings.limits.programs) {
    common->refuse(tunnel_refusal::other, fly::text_of(entry.stream->peer()), "too many monitoring programs");
    entry.stream->close();
    return;
  }
  std::string why_not;
  auto received = std::move(entry.received);
  const auto made = make(entry, kind::program, why_not);
  if (made == nullptr)
    return;
  ++common->programs;
  made->begin(caf::actor_cast<caf::actor>(common->make_visitor(made->make_handle())));
  made->publish();
  made->feed(received);
}

void passage_session::begin(caf::actor whom) {
  actor_ = std::move(whom);
  filter_.admit(actor_.id());
  stream_->on_broken([self = shared_from_this()](const std::string& why) { self->lose(why); });
  stream_->on_sent([self = shared_from_this()] { self->read_caf(); });
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - clock::now());
  common_->home.wheel().set(*this, std::max(left, std::chrono::milliseconds{1}));
  read_network();
}

void passage_session::publish() {
  if (take_socket(common_->join.publish(caf::actor_cast<caf::strong_actor_ptr>(actor_))))
    read_caf();
}

void passage_session::connect() {
  auto done = [self = shared_from_this()](caf::actor remote, const std::string& why_not) {
    self->joined(remote, why_not);
  };
  if (take_socket(common_->join.connect(std::move(done))))
    read_caf();
}

bool passage_session::take_socket(const basp_join::join_result& made) {
  if (!made) {
    fail(tunnel_refusal::other, made.error());
    return false;
  }
  handle_ = made->handle;
  caf_.assign(asio::local::stream_protocol{}, made->ours);
  caf_.non_blocking(true);
  return true;
}

void passage_session::joined(const caf::actor& remote, const std::string& why_not) {
  if (state_ != state::open)
    return;
  if (!remote)
    return lose("the middleman does not take the connection: " + why_not);
  remote_ = remote;
  tell_link();
}

void passage_session::note_established() {
  if (established_ || !filter_.established())
    return;
  established_ = true;
  wheel_timer::cancel();
  count_->up();
  tell_link();
}

// Before anything of what it is sent can reach it.
void passage_session::tell_link() {
  if (kind_ == kind::program || !established_ || (kind_ == kind::dialled_node && !remote_) ||
      std::exchange(told_, true))
    return;
  caf::anon_send(actor_, link_connected{make_handle(), std::exchange(remote_, nullptr)});
}

passage_ptr passage_session::make_handle() { return std::make_shared<handle>(common_, shared_from_this()); }

// -- from the network to CAF ---

void passage_session::read_network() {
  if (reading_network_ || state_ != state::open || to_caf_.size() - taken_by_caf_ > max_waiting || must_pause())
    return;
  reading_network_ = true;
  stream_->wait_readable([self = shared_from_this()] {
    self->reading_network_ = false;
    self->receive_from_network();
  });
}

void passage_session::receive_from_network() {
  if (state_ != state::open)
    return;
  boost::system::error_code error;
  auto buffer = shared_buffer();
  // Reading stops between messages, where a heartbeat can take its place.
  if (const auto left = filter_.inbound_left(); left > 0)
    buffer = buffer.first(std::min(buffer.size(), left));
  std::size_t got = 0;
  // TLS comes in smaller pieces.
  while (got < buffer.size() && !error)
    got += stream_->read_some(buffer.subspan(got), error);
  if (got > 0)
    feed({buffer.data(), got});
  if (state_ != state::open)
    return;
  if (error && error != asio::error::would_block)
    lose(error == asio::error::eof ? "the other end closed the connection" : error.message());
  else
    read_network();
}

void passage_session::feed(std::string_view bytes) {
  if (state_ != state::open || bytes.empty())
    return;
  const auto taken = filter_.take_inbound(bytes, to_caf_);
  common_->counters.dropped.add(filter_.dropped() - std::exchange(dropped_, filter_.dropped()));
  if (!taken)
    return fail(tunnel_refusal::malformed, taken.error().detail);
  note_established();
  write_to_caf();
}

void passage_session::write_to_caf() {
  if (writing_caf_ || !caf_.is_open())
    return;
  boost::system::error_code error;
  while (!error && taken_by_caf_ < to_caf_.size())
    taken_by_caf_ +=
        caf_.write_some(asio::buffer(to_caf_.data() + taken_by_caf_, to_caf_.size() - taken_by_caf_), error);
  if (error == asio::error::would_block) {
    writing_caf_ = true;
    caf_.async_wait(asio::socket_base::wait_write, [self = shared_from_this()](boost::system::error_code) {
      self->writing_caf_ = false;
      self->write_to_caf();
      self->read_network();
    });
  } else if (error) {
    lose("the middleman has closed the connection");
  } else {
    taken_by_caf_ = 0;
    to_caf_.clear();
    if (to_caf_.capacity() > piece)
      to_caf_.shrink_to_fit();
  }
}

bool passage_session::must_pause() {
  const auto& limits = common_->settings.limits;
  const auto most = kind_ == kind::program ? limits.program_messages : limits.node_messages;
  if (filter_.messages_in() - handled_ <= most || filter_.inbound_left() > 0)
    return false;
  if (stalled_since_ == never) {
    stalled_since_ = clock::now();
    common_->home.wheel().set(*this, beat);
  }
  return true;
}

void passage_session::message_handled() {
  ++handled_;
  if (state_ != state::open || stalled_since_ == never || must_pause())
    return;
  stalled_since_ = never;
  wheel_timer::cancel();
  read_network();
}

// CAF would take an end that is not read for one that is gone.
void passage_session::on_stalled() {
  if (clock::now() - stalled_since_ >= common_->settings.limits.stalled)
    return lose("its messages were not handled for too long");
  to_caf_.append(heartbeat.data(), heartbeat.size());
  write_to_caf();
  common_->home.wheel().set(*this, beat);
}

// -- from CAF to the network ---

void passage_session::read_caf() {
  if (reading_caf_ || state_ == state::closed || !caf_.is_open() || stream_->queued() > max_waiting)
    return;
  reading_caf_ = true;
  caf_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code) {
    self->reading_caf_ = false;
    self->receive_from_caf();
  });
}

void passage_session::receive_from_caf() {
  if (state_ == state::closed || !caf_.is_open())
    return;
  boost::system::error_code error;
  const auto buffer = shared_buffer();
  const auto got = caf_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
  if (got > 0) {
    bool fits = true;
    stream_->write_by([&](std::string& queue) {
      const auto before = queue.size();
      const auto taken = filter_.take_outbound({buffer.data(), got}, queue);
      fits = static_cast<bool>(taken);
      written_ += queue.size() - before;
    });
    if (!fits)
      return fail(tunnel_refusal::other, "the middleman has said what it must not");
    note_established();
  }
  if (error && error != asio::error::would_block)
    lose("the middleman has closed the connection, as it does when the other end is silent for 3 s");
  else
    read_caf();
}

std::uint64_t passage_session::bytes_sent() const noexcept {
  return written_ - std::min<std::uint64_t>(written_, stream_->queued());
}

// -- end ---

void passage_session::on_timer() {
  if (state_ == state::lingering)
    finish();
  else if (!established_)
    fail(tunnel_refusal::handshake_timeout,
         "not up within " + std::to_string(common_->settings.limits.handshake.count()) + " ms");
  else
    on_stalled();
}

void passage_session::fail(tunnel_refusal why, const std::string& detail) {
  if (state_ == state::open)
    common_->refuse(why, peer_, detail);
  lose(detail);
}

void passage_session::lose(const std::string& why) {
  if (state_ == state::closed)
    return;
  if (state_ == state::open)
    tell_closed(why);
  finish();
}

void passage_session::close(std::string_view why) {
  if (state_ != state::open)
    return;
  state_ = state::lingering;
  tell_closed(std::string{why});
  if (established_)
    common_->home.wheel().set(*this, linger);
  else
    finish();
}

void passage_session::stop(bool gently) {
  if (gently)
    close("this node stops");
  else
    lose("this node stops");
}

void passage_session::tell_closed(const std::string& why) {
  log(log_level::info, kind_ == kind::program ? "monitoring program detached" : "connection to a node closed",
      {{"peer", peer_},
       {"reason", why},
       {"messages", std::to_string(filter_.messages_in())},
       {"dropped", std::to_string(dropped_)}});
  caf::anon_send(actor_, passage_closed{why});
}

void passage_session::finish() {
  if (std::exchange(state_, state::closed) == state::closed)
    return;
  const auto self = shared_from_this();
  wheel_timer::cancel();
  tunnel_session::unlink();
  boost::system::error_code ignored;
  caf_.close(ignored);
  stream_->drain();
  if (handle_ >= 0)
    common_->join.left(handle_);
  ids().give_back(id_);
  if (kind_ == kind::program)
    --common_->programs;
  count_ = nullptr;
  actor_ = nullptr;
  remote_ = nullptr;
}

}  // namespace ability
