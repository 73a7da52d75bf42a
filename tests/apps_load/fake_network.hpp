/// A network without sockets and with a clock of its own: one server whose behaviour the test sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/load/links/network.hpp"
#include "apps/load/links/stamp.hpp"

namespace ability::load {

class fake_network;

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t latency_ns = 2 * ms;  // from handing in to arrival, and of each reply, in nanoseconds

class fake_link final : public client_link {
public:
  fake_link(fake_network& net, std::size_t client, link_callback told);
  ~fake_link() override;

  void subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                 const std::string& resume_from) override;
  void perform(std::uint32_t subscription, std::string_view data) override;
  void pause_reading() override { paused = true; }
  void resume_reading() override;
  void want_texts() override { texts = true; }
  void close() override { closed = true; }

  /// Calls the client's callback: later if it is paused, never if it has gone.
  void tell(link_news news);
  void get(const stamp& mark, std::string text);

  fake_network& net;
  const std::size_t client;
  std::map<std::uint32_t, std::string> streams;  ///< by subscription, once confirmed
  std::vector<std::pair<std::uint32_t, std::string>> performed;
  std::vector<std::string> channels;
  bool texts = false;
  bool paused = false;
  bool closed = false;

private:
  link_callback told_;
  std::vector<link_news> unread_;
};

class fake_publish_link final : public publish_link {
public:
  fake_publish_link(fake_network& net, publish_callback told) : net_{net}, told_{std::move(told)} {}
  ~fake_publish_link() override { *alive_ = false; }
  void publish(std::vector<load_message> batch) override;

private:
  fake_network& net_;
  publish_callback told_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class fake_network final : public network {
public:
  explicit fake_network(std::uint32_t run) : run{run} {}

  std::unique_ptr<client_link> connect(transport, std::size_t client, link_callback told) override {
    ++connects;
    return std::make_unique<fake_link>(*this, client, std::move(told));
  }
  std::unique_ptr<publish_link> open_publisher(publish_by, std::size_t, publish_callback told) override {
    ++publishers;
    return std::make_unique<fake_publish_link>(*this, std::move(told));
  }
  std::int64_t now_ns() const override { return time; }
  std::unique_ptr<timer_ticket> call_at(std::int64_t at_ns, std::function<void()> due) override {
    struct ticket final : timer_ticket {
      ~ticket() override { *wanted = false; }
      std::shared_ptr<bool> wanted = std::make_shared<bool>(true);
    };
    auto made = std::make_unique<ticket>();
    at(at_ns, [wanted = made->wanted, due = std::move(due)] {
      if (*wanted)
        due();
    });
    return made;
  }

  /// Schedules a call for a time, or for now if that has passed.
  void at(std::int64_t at_ns, std::function<void()> what) { events_.emplace(at_ns, std::move(what)); }
  void after(std::int64_t delay_ns, std::function<void()> what) { at(time + delay_ns, std::move(what)); }
  /// Advances to the next event. False if there is none.
  bool step() {
    if (events_.empty())
      return false;
    auto first = events_.extract(events_.begin());
    time = std::max(time, first.key());
    first.mapped()();
    return true;
  }

  /// The server closes a client's connection.
  void cut(std::size_t client, const std::string& why) {
    for (auto* each : links_of(client))
      each->tell({time, 0, {{link_event::kind::closed, 0, why}}, {}});
  }
  std::vector<fake_link*> links_of(std::size_t client) const {
    std::vector<fake_link*> all;
    for (auto* each : links)
      if (each->client == client && !each->closed)
        all.push_back(each);
    return all;
  }

  const std::uint32_t run;
  std::int64_t time = 1'000'000 * ms;
  std::set<fake_link*> links;  ///< the links that exist
  std::size_t connects = 0;
  std::size_t publishers = 0;
  std::vector<stamp> handed_in;
  std::vector<std::int64_t> connected_at;

  // -- behaviour of the server; tests change it
  /// Reason for refusing a client; empty: it is accepted. Nothing: no reply.
  std::function<std::optional<std::string>(std::size_t client)> refuse_client = [](std::size_t) { return ""; };
  std::function<std::optional<bool>(std::size_t client, const std::string& stream)> confirm =
      [](std::size_t, const std::string&) { return true; };
  /// Reason for refusing a publication; empty: it is accepted. Nothing: no reply.
  std::function<std::optional<std::string>(const stamp&)> refuse_publication = [](const stamp&) { return ""; };
  /// Delays in nanoseconds from handing in a message to its arrivals at a client, one per arrival.
  std::function<std::vector<std::int64_t>(std::size_t client, const stamp&)> deliveries =
      [](std::size_t, const stamp&) { return std::vector{latency_ns}; };
  std::int64_t answer_ns = latency_ns;
  /// Messages have positions, and a request for history is answered; false: it is refused.
  std::optional<bool> history;
  std::vector<stamp> behind(const std::string& position) const {
    std::vector<stamp> all;
    for (const auto& each : handed_in)
      if (each.number > std::stoull(position) && each.sent_ns + latency_ns < time)
        all.push_back(each);
    return all;
  }

private:
  std::multimap<std::int64_t, std::function<void()>> events_;
};

inline fake_link::fake_link(fake_network& world, std::size_t who, link_callback told)
    : net{world}, client{who}, told_{std::move(told)} {
  net.links.insert(this);
  net.connected_at.push_back(net.time);
  net.after(latency_ns, [&world, this] {
    if (!world.links.contains(this))
      return;
    if (const auto why = world.refuse_client(client))
      tell({world.time, 10, {{why->empty() ? link_event::kind::opened : link_event::kind::closed, 0, *why}}, {}});
  });
}

inline fake_link::~fake_link() { net.links.erase(this); }

inline void fake_link::subscribe(std::uint32_t subscription, const std::string& stream, const std::string& channel,
                                 const std::string& resume_from) {
  channels.push_back(channel);
  net.after(latency_ns, [&world = net, this, subscription, stream, resume_from] {
    if (!world.links.contains(this))
      return;
    const auto confirmed = world.confirm(client, stream);
    if (!confirmed)
      return;
    if (*confirmed)
      streams[subscription] = stream;
    tell({world.time,
          10,
          {{*confirmed ? link_event::kind::confirmed : link_event::kind::rejected, subscription, ""}},
          {}});
    if (!*confirmed || resume_from.empty() || !world.history)
      return;
    if (*world.history)
      for (const auto& each : world.behind(resume_from))
        get(each, stream + "|");
    tell({world.time,
          10,
          {{*world.history ? link_event::kind::resumed : link_event::kind::resume_refused, subscription, ""}},
          {}});
  });
}

inline void fake_link::perform(std::uint32_t subscription, std::string_view data) {
  performed.emplace_back(subscription, data);
}

inline void fake_link::resume_reading() {
  paused = false;
  for (auto& each : std::exchange(unread_, {}))
    net.after(0, [&world = net, this, news = std::move(each)]() mutable {
      if (world.links.contains(this))
        tell(std::move(news));
    });
}

inline void fake_link::tell(link_news news) {
  if (closed)
    return;
  if (paused) {
    unread_.push_back(std::move(news));
    return;
  }
  news.at_ns = net.time;
  told_(std::move(news));
}

inline void fake_link::get(const stamp& mark, std::string text) {
  for (const auto& [subscription, stream] : streams)
    if (stream == text.substr(0, text.find('|')))
      tell({net.time,
            100,
            {},
            {{subscription, true, mark, texts ? text : "", net.history ? std::to_string(mark.number) : ""}}});
}

inline void fake_publish_link::publish(std::vector<load_message> batch) {
  std::optional<std::string> why = "";
  for (const auto& each : batch) {
    const auto mark = find_stamp(each.json, net_.run).value();
    net_.handed_in.push_back(mark);
    why = net_.refuse_publication(mark);
    if (!why || !why->empty())
      continue;
    // A link that starts to follow before the message arrives receives it, too.
    for (auto* link : net_.links)
      for (const auto delay : net_.deliveries(link->client, mark))
        net_.after(delay, [&net = net_, link, mark, text = each.stream + "|" + each.json] {
          if (net.links.contains(link))
            link->get(mark, text);
        });
  }
  if (why)
    net_.after(net_.answer_ns, [told = told_, alive = alive_, why, &net = net_] {
      if (*alive)
        told({net.time, 1, why->empty(), *why});
    });
}

}  // namespace ability::load
