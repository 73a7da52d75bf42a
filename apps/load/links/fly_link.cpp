#include "apps/load/links/fly_link.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "apps/load/links/cable_subscriptions.hpp"

namespace ability::load {

namespace mq = fly::mq_option;

namespace {

constexpr std::int64_t again_ns = 1'000'000'000;
constexpr int most_times = 30;

}  // namespace

fly_link::fly_link(lane_parts& parts, const endpoint& to, link_callback told)
    : parts_{parts}, told_{std::make_shared<const link_callback>(std::move(told))}, wire_{parts, *this} {
  wire_.connect(to);
}

// -- sending ---

void fly_link::subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                         const std::string&) {
  if (!wire_.is_open())
    return;
  auto& what = asked_[static_cast<std::uint16_t>(subscription)];
  what = {channel.empty() ? stream : cable_identifier(stream, channel)};
  if (what.name.size() > wire_.max_buffer()) {
    asked_.erase(static_cast<std::uint16_t>(subscription));
    return tell(link_event::kind::rejected, subscription, "the name of the stream is too long");
  }
  ask(static_cast<std::uint16_t>(subscription), what);
}

void fly_link::ask(std::uint16_t alias, asked& what) {
  ++what.times;
  wire_.send({.type = fly::subtype::mq, .options = mq::subscribe, .command = alias, .buffer = what.name});
  if (wire_.loses_packets() && again_ == nullptr)
    again_ = parts_.timers.call_at(monotonic_ns() + again_ns, [this] { ask_again(); });
}

void fly_link::ask_again() {
  again_ = nullptr;
  for (auto it = asked_.begin(); it != asked_.end();) {
    const auto now = it++;
    if (now->second.times < most_times) {
      ask(now->first, now->second);
    } else {
      tell(link_event::kind::rejected, now->first, "timed out");
      asked_.erase(now);
    }
  }
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
  if (what.options != 0)
    return take_answer(what);
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
}

void fly_link::take_answer(const fly::packet& what) {
  const auto found = asked_.find(what.command);
  if (found == asked_.end() || (!what.has(mq::confirm) && !what.has(mq::reject)))
    return;
  // If a request was repeated although it had arrived, the repetition is refused as in use.
  const bool again = found->second.times > 1 && what.buffer.find(" in use") != std::string_view::npos;
  asked_.erase(found);
  if (what.has(mq::confirm) || again)
    tell(link_event::kind::confirmed, what.command, {});
  else
    tell(link_event::kind::rejected, what.command, short_reason(to_utf8(what.buffer)));
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
