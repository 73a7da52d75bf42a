#include "apps/load/links/fly_link.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "apps/load/links/cable_subscriptions.hpp"
#include "protocol/fly/stream_request.hpp"

namespace ability::load {

namespace mq = fly::mq_option;

namespace {

constexpr std::int64_t look_every_ns = 250'000'000;

std::chrono::nanoseconds time_now() { return std::chrono::nanoseconds{monotonic_ns()}; }

}  // namespace

fly_link::fly_link(lane_parts& parts, const endpoint& to, bool positions, link_callback told)
    : parts_{parts},
      told_{std::make_shared<const link_callback>(std::move(told))},
      positions_{positions},
      wire_{parts, *this, positions} {
  wire_.connect(to);
}

// -- sending ---

void fly_link::subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                         const std::string& resume_from) {
  if (!wire_.is_open())
    return;
  const auto alias = static_cast<std::uint16_t>(subscription);
  followed what{.name = channel.empty() ? stream : cable_identifier(stream, channel), .progress = {}};
  if (const auto from = fly::decode_beginning(resume_from); positions_ && from) {
    what.resumes = !from->positions.empty();
    what.progress.note(*from, time_now());
  }
  what.progress.connected(wire_.loses_packets());
  if (request_of(what).size() > wire_.max_buffer())
    return tell(link_event::kind::rejected, subscription, "the name of the stream is too long");
  ask(alias, follows_.insert_or_assign(alias, std::move(what)).first->second);
}

std::string fly_link::request_of(const followed& what) const {
  return positions_ ? fly::encode_stream_request(what.name, what.progress.known()) : what.name;
}

void fly_link::ask(std::uint16_t alias, followed& what) {
  what.progress.asked(time_now());
  const auto buffer = request_of(what);
  wire_.send({.type = fly::subtype::mq, .options = mq::subscribe, .command = alias, .buffer = buffer});
  look_later();
}

void fly_link::look_later() {
  if (wire_.loses_packets() && again_ == nullptr)
    again_ = parts_.timers.call_at(monotonic_ns() + look_every_ns, [this] { look_again(); });
}

void fly_link::look_again() {
  again_ = nullptr;
  if (paused_)
    return;
  for (auto it = follows_.begin(); it != follows_.end();) {
    const auto here = it++;
    auto& progress = here->second.progress;
    const auto step = progress.check(time_now());
    if (step == fly::stream_follower::step::ask) {
      ask(here->first, here->second);
    } else if (step == fly::stream_follower::step::give_up) {
      tell(link_event::kind::rejected, here->first, "timed out");
      follows_.erase(here);
    } else if (progress.next_check() != fly::stream_follower::time::max()) {
      look_later();
    }
  }
}

void fly_link::pause_reading() {
  paused_ = true;
  wire_.pause();
}

void fly_link::resume_reading() {
  paused_ = false;
  wire_.resume();
  if (!follows_.empty())
    look_later();
}

void fly_link::perform(std::uint32_t, std::string_view) {
  wire_.close();
  tell(link_event::kind::closed, 0, "FlyRPC has no actions");
}

void fly_link::close() {
  wire_.close();
  again_ = nullptr;
  told_ = nullptr;
}

// -- receiving ---

void fly_link::on_open() { tell(link_event::kind::opened, 0, {}); }

void fly_link::on_broken(const std::string& why) {
  again_ = nullptr;
  tell(link_event::kind::closed, 0, why);
}

void fly_link::on_packet(const fly::packet& what) {
  if (what.type != fly::subtype::mq)
    return;
  const auto found = follows_.find(what.command);
  auto* const of = found == follows_.end() ? nullptr : &found->second;
  if (what.has(mq::confirm)) {
    if (of != nullptr)
      take_answer(what.command, *of, what);
    return;
  }
  if (what.options != 0 && !what.has(mq::reject))
    return;
  if (!positions_) {
    if (!what.has(mq::reject))
      take_message(of, what);
    else if (of != nullptr)
      take_answer(what.command, *of, what);
    return;
  }
  const auto parts = fly::split_position(what.buffer);
  if (!parts)
    return;
  auto whole = what;
  whole.buffer = parts->data;
  const bool is_wanted = !parts->at || of == nullptr || take_position(what.command, *of, *parts->at);
  if (!what.has(mq::reject) && is_wanted)
    take_message(of, whole);
  else if (what.has(mq::reject) && !parts->at && of != nullptr && of->progress.is_asking())
    take_answer(what.command, *of, whole);
}

// False: the message is not to be reported. Over a reliable carrier all are, so that mistakes of the server are
// counted.
bool fly_link::take_position(std::uint16_t alias, followed& of, const stream_position& at) {
  const auto how = of.progress.note(at, time_now());
  if (!wire_.loses_packets())
    return true;
  if (how == fly::stream_follower::arrival::early && !of.progress.is_asking())
    ask(alias, of);
  look_later();
  return how == fly::stream_follower::arrival::in_order;
}

void fly_link::take_message(const followed* of, const fly::packet& what) {
  tell_soon();
  news_.bytes += size_of(what);
  auto& arrived = news_.arrivals.emplace_back();
  arrived.subscription = what.command;
  if (const auto mark = find_stamp(what.buffer, parts_.run)) {
    arrived.stamped = true;
    arrived.mark = *mark;
  }
  if (want_texts_)
    arrived.text = what.buffer;
  if (!positions_ || of == nullptr)
    return;
  fly::beginning reached;
  for (const auto& each : of->progress.known())
    reached.positions.push_back({each, each.offset});
  if (!reached.positions.empty())
    arrived.position = encode_beginning(reached);
}

void fly_link::take_answer(std::uint16_t alias, followed& of, const fly::packet& what) {
  // If a request was repeated although it had arrived, the repetition is refused as in use.
  const bool again = wire_.loses_packets() && what.buffer.find(" in use") != std::string_view::npos;
  if (what.has(mq::confirm) && positions_) {
    take_confirm(alias, of, what.buffer);
    return;
  }
  follows_.erase(alias);
  if (what.has(mq::confirm) || again)
    tell(link_event::kind::confirmed, alias, {});
  else
    tell(link_event::kind::rejected, alias, short_reason(to_utf8(what.buffer)));
}

void fly_link::take_confirm(std::uint16_t alias, followed& of, std::string_view beginning) {
  const auto where = fly::decode_beginning(beginning);
  if (!where) {
    wire_.close();
    tell(link_event::kind::closed, 0, "garbage: a Confirm that makes no sense");
    return;
  }
  of.progress.note(*where, time_now());
  if (!std::exchange(of.confirmed, true))
    tell(link_event::kind::confirmed, alias, {});
  if (!where->completes.value_or(true))
    tell(link_event::kind::resume_refused, alias, {});
  else if (std::exchange(of.resumes, false) && where->completes)
    tell(link_event::kind::resumed, alias, {});
}

// -- callback ---

void fly_link::tell(link_event::kind what, std::uint32_t subscription, std::string why) {
  tell_soon();
  news_.events.push_back({what, subscription, std::move(why)});
}

// Reports the packets of one read together.
void fly_link::tell_soon() {
  if (std::exchange(telling_, true))
    return;
  news_.at_ns = monotonic_ns();
  boost::asio::post(parts_.io, [this, alive = std::weak_ptr{alive_}] {
    if (alive.expired())
      return;
    telling_ = false;
    if (const auto told = told_)  // keeps the callback alive: it may destroy this
      (*told)(std::exchange(news_, {}));
  });
}

}  // namespace ability::load
