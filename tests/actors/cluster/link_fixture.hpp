/// A link between a node and another one that the test plays. Include it last.
#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/link.hpp"
#include "actors/ingress/messages.hpp"
#include "tests/actors/support/fake_cluster_network.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

/// Messages that links have sent to the cluster actor. It keeps their statistics as the cluster does.
struct told_cluster {
  std::vector<link_up> up;
  std::vector<link_down> down;
  std::vector<member> members;
  link_stats stats = {};
};

inline cluster_actor::behavior_type fake_cluster(cluster_actor::pointer, std::shared_ptr<told_cluster> told) {
  return {
      [](const join_cluster&) {},
      [](const dial_due&) {},
      [](const look_up_due&) {},
      [](const name_resolved&) {},
      [](const dial_failed&) {},
      [](const dial_reply&) {},
      [](const join_request&) {},
      [told](const link_up& news) {
        told->up.push_back(news);
        told->stats.present = {};
        if (!told->stats.unreported.empty())
          caf::anon_send(news.link, report_losses{std::exchange(told->stats.unreported, {})});
      },
      [told](const link_down& news) { told->down.push_back(news); },
      [told](const link_report& news) {
        told->stats.present = news.present;
        told->stats.lost += news.lost;
        told->stats.unreported.merge(news.unreported);
      },
      [told](const members_heard& news) {
        told->members.insert(told->members.end(), news.members.begin(), news.members.end());
      },
      [](const forward_disconnect&) {},
      [](const leave_cluster&) {},
      [](cluster_tick) {},
      [](await_joined) { return joined_cluster{}; },
      [](list_nodes) { return node_list{}; },
  };
}

/// Packets in their order, as the other link gets them.
using told_remote = std::deque<std::string>;

inline caf::behavior fake_remote(caf::event_based_actor*, std::shared_ptr<told_remote> told) {
  return {[told](const std::string& packet) { told->push_back(packet); }};
}

/// Options of a node in a cluster.
inline node_settings in_cluster(node_settings how = open_to_all()) {
  how.cluster.on = true;
  how.cluster.self = {.uuid = std::string(32, '5'), .name = "here", .address = "192.0.2.5:7700", .started = 1'000};
  return how;
}

class link_fixture : public actor_fixture {
public:
  explicit link_fixture(node_settings how = in_cluster(), std::size_t lanes = 2) : actor_fixture{lanes, how} {
    begin(true);
  }

  // A link that has yet to be connected.
  void begin(bool dialled_by_us) {
    uut = ends(spawn_link(home, {cluster, who, dialled_by_us}));
    way = std::make_shared<fake_peer_connection>(uut);
    consume_messages();
  }

  // Connects, and has the other link send its first packet.
  void come_up() {
    caf::anon_send(uut, link_connected{way, remote});
    consume_messages();
    say_beat();
    forget();
  }

  // -- the other link

  template <class... Records>
  static std::string packet(std::uint64_t number, const Records&... records) {
    std::string bytes;
    begin_packet(bytes, number);
    (append_record(bytes, records), ...);
    return bytes;
  }

  void say(std::string bytes) {
    caf::send_as(remote, uut, std::move(bytes));
    consume_messages();
  }

  void say_beat() { say(packet(0, beat_record{})); }

  template <class... Records>
  void say_next(const Records&... records) {
    say(packet(++said, records...));
  }

  static publication_record publication(std::string_view stream, std::string_view data) {
    return {.stream = stream,
            .data = data,
            .exclude_socket = {},
            .broadcast_type = {},
            .data_is_json = true,
            .transient = false};
  }

  // Forgets the packets received so far.
  void forget() { heard->clear(); }

  // Text of all records of the received packets, `|` between packets, without acknowledgements.
  std::string heard_text() {
    std::string text;
    for (const auto& each : *heard) {
      const auto records = text_of(each);
      if (!records.empty())
        text += (text.empty() ? "" : "|") + records;
    }
    forget();
    return text;
  }

  // Number of the last packet that was acknowledged.
  std::uint64_t acknowledged() {
    std::uint64_t last = 0;
    for (const auto& each : *heard)
      for (auto records = link_packet_reader::open(each); !records->done();)
        if (const auto next = records->next(); const auto* ack = std::get_if<ack_record>(&std::get<link_record>(*next)))
          last = ack->sequence;
    return last;
  }

  std::uint64_t last_number() const {
    std::uint64_t last = 0;
    for (const auto& each : *heard)
      last = std::max(last, link_packet_reader::open(each)->number());
    return last;
  }

  // -- this node

  void forward(const std::string& stream, std::string data) {
    caf::anon_send(
        uut, forward_broadcasts{{std::make_shared<accepted_broadcast>(
                 broadcast{.stream = stream, .data = std::move(data), .data_is_json = true}, here.gate, here.now())}});
  }

  /// Lets virtual time pass; the other node sends heartbeats if `other_lives`.
  void pass(std::chrono::milliseconds time, bool other_lives = true) {
    for (std::chrono::milliseconds passed{0}; passed < time; passed += std::chrono::milliseconds{20}) {
      advance_time(std::chrono::milliseconds{20});
      consume_messages();
      if (other_lives && is_alive(uut))
        say_beat();
    }
  }

  /// Statistics of the link, after a time in which it has reported them.
  const link_stats& stats() {
    pass(link_lifecycle::tick_every);
    return told->stats;
  }

  bool is_down() const { return !told->down.empty(); }

  std::uint64_t lost(link_loss why) const { return here.cluster_counters.lost[static_cast<std::size_t>(why)].get(); }

  const member who{.uuid = std::string(32, '6'), .name = "there", .address = "192.0.2.6:7700", .started = 2'000};
  lane_home home{here, nullptr};
  std::shared_ptr<told_cluster> told = std::make_shared<told_cluster>();
  cluster_actor cluster = ends(sys.spawn(fake_cluster, told));
  std::shared_ptr<told_remote> heard = std::make_shared<told_remote>();
  caf::actor remote = ends(sys.spawn(fake_remote, heard));
  link_actor uut;
  std::shared_ptr<fake_peer_connection> way;
  std::uint64_t said = 0;

private:
  static std::string text_of(const std::string& bytes) {
    std::string text;
    for (auto records = link_packet_reader::open(bytes); !records->done();) {
      const auto next = records->next();
      const auto word = std::visit([](const auto& each) { return word_of(each); }, std::get<link_record>(*next));
      text += (text.empty() || word.empty() ? "" : " ") + word;
    }
    return text;
  }

  static std::string word_of(const publication_record& x) { return std::string{x.stream} + '=' + std::string{x.data}; }
  static std::string word_of(const interest_record& x) { return (x.followed ? "+" : "-") + std::string{x.stream}; }
  static std::string word_of(const gap_record& x) { return "gap:" + std::string{x.stream} + std::to_string(x.lost); }
  static std::string word_of(const disconnect_record& x) { return "disconnect:" + std::string{x.identity}; }
  static std::string word_of(const ack_record&) { return {}; }
  static std::string word_of(const members_record&) { return "members"; }
  static std::string word_of(const interest_complete_record&) { return "complete"; }
  static std::string word_of(const leave_record& x) { return "leave:" + std::string{x.reason}; }
  static std::string word_of(const beat_record&) { return "beat"; }
};

}  // namespace ability
