/// Nodes that have a tunnel each, with a cluster and links that only note what they are told. Define CAF_SUITE before.
#pragma once

#include <stdlib.h>

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/cluster_messages.hpp"
#include "actors/monitor_messages.hpp"
#include "actors/pinned.hpp"
#include "caf/test/unit_test.hpp"
#include "net/cluster/basp_join.hpp"
#include "net/cluster/tunnel.hpp"

namespace ability::test {

using namespace std::chrono_literals;

inline constexpr std::chrono::seconds patience{15};

/// What actors were told, line by line, and what they were handed.
class journal {
public:
  void add(std::string line) {
    const std::lock_guard guard{mutex_};
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }

  /// The `n`th line that begins so, without that; empty if it does not come.
  std::string await(std::string_view front, std::size_t n = 1) {
    std::unique_lock guard{mutex_};
    std::string found;
    changed_.wait_for(guard, patience, [&] {
      std::size_t seen = 0;
      for (const auto& each : lines_) {
        if (each.starts_with(front) && ++seen == n) {
          found = each.size() > front.size() ? each.substr(front.size()) : " ";
          return true;
        }
      }
      return false;
    });
    return found;
  }

  std::size_t count(std::string_view front) {
    const std::lock_guard guard{mutex_};
    std::size_t seen = 0;
    for (const auto& each : lines_)
      seen += each.starts_with(front);
    return seen;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

using journal_ptr = std::shared_ptr<journal>;

/// How fake actors behave; changed before anything is connected.
struct manners {
  bool handle = true;       ///< packets are handled when they come
  bool keep = true;         ///< the passage
  std::string refuse = {};  ///< a code: nodes are refused
  bool hesitate = false;    ///< doors are kept for later
  bool let_go = false;      ///< of doors
  std::size_t noted = 64;   ///< bytes of a packet that are noted
};

/// Notes `packet …`, `connected`, `closed …`, `gone`. `leave_cluster` has it send the reason to the other end.
class fake_link_state {
public:
  static constexpr const char* name = "fake_link";
  explicit fake_link_state(link_actor::pointer self) : self_{self} {}
  fake_link_state(const fake_link_state&) = delete;
  fake_link_state& operator=(const fake_link_state&) = delete;
  ~fake_link_state() { notes_->add("gone"); }

  void start(journal_ptr notes, std::shared_ptr<const manners> how) {
    notes_ = std::move(notes);
    how_ = std::move(how);
  }

  link_actor::behavior_type make_behavior() {
    return {
        [this](const std::string& packet) {
          if (!remote_)
            remote_ = caf::actor_cast<caf::actor>(self_->current_sender());
          notes_->add("packet " + packet.substr(0, how_->noted));
          if (how_->handle && way_ != nullptr)
            way_->message_handled();
        },
        [this](const link_connected& what) {
          if (how_->keep)
            way_ = what.way;
          remote_ = what.remote;
          notes_->add(what.remote ? "connected to " + what.way->peer() : "connected from " + what.way->peer());
        },
        [this](const passage_closed& why) { notes_->add("closed " + why.reason); },
        [](const forward_broadcasts&) {},
        [](const interest_news&) {},
        [](const forward_disconnect&) {},
        [](const members_heard&) {},
        [this](const leave_cluster& what) {
          if (what.reason == "CLOSE")
            way_->close("as it was told");
          else if (what.reason == "QUIT")
            self_->quit();
          else
            caf::send_as(caf::actor_cast<caf::actor>(self_), remote_, what.reason);
        },
        [this](link_flush) { notes_->add("sent " + std::to_string(way_->bytes_sent())); },
        [this](link_tick) { way_->message_handled(); },
    };
  }

private:
  link_actor::pointer self_;
  journal_ptr notes_;
  std::shared_ptr<const manners> how_;
  passage_ptr way_;
  caf::actor remote_;
};

/// Answers with what it is asked; notes `asked …`, `closed …`, `gone`. `verb` `CLOSE` closes; `QUIT` ends.
class fake_visitor_state {
public:
  static constexpr const char* name = "fake_visitor";
  explicit fake_visitor_state(visitor_actor::pointer self) : self_{self} {}
  fake_visitor_state(const fake_visitor_state&) = delete;
  fake_visitor_state& operator=(const fake_visitor_state&) = delete;
  ~fake_visitor_state() { notes_->add("gone"); }

  void start(journal_ptr notes, std::shared_ptr<const manners> how, passage_ptr way) {
    notes_ = std::move(notes);
    how_ = std::move(how);
    way_ = std::move(way);
    notes_->add("attached");
  }

  visitor_actor::behavior_type make_behavior() {
    return {
        [this](const std::string& verb, const std::string& arguments) {
          notes_->add("asked " + verb);
          if (how_->handle)
            way_->message_handled();
          if (verb == "CLOSE")
            way_->close("it was asked to");
          if (verb == "QUIT")
            self_->quit();
          return verb + " " + arguments;
        },
        [](const feed&) {},
        [this](const passage_closed& why) {
          notes_->add("closed " + why.reason);
          way_ = nullptr;
          self_->quit();
        },
        [this](visitor_tick) { way_->message_handled(); },
    };
  }

private:
  visitor_actor::pointer self_;
  journal_ptr notes_;
  std::shared_ptr<const manners> how_;
  passage_ptr way_;
};

/// Takes all nodes, by `manners`. Notes `knocks name`, `answers name`, `failed code: message`.
class fake_cluster_state {
public:
  static constexpr const char* name = "fake_cluster";
  explicit fake_cluster_state(cluster_actor::pointer self) : self_{self} {}
  fake_cluster_state(const fake_cluster_state&) = delete;
  fake_cluster_state& operator=(const fake_cluster_state&) = delete;
  ~fake_cluster_state() = default;

  void start(lane* home, journal_ptr notes, std::shared_ptr<const manners> how,
             std::shared_ptr<std::vector<link_actor>> links) {
    home_ = home;
    notes_ = std::move(notes);
    how_ = std::move(how);
    links_ = std::move(links);
  }

  cluster_actor::behavior_type make_behavior() {
    return {
        [](const join_cluster&) {},
        // Decide about the doors that were kept.
        [this](const dial_due&) {
          for (const auto& each : std::exchange(doors_, {}))
            decide(each);
        },
        [this](const dial_failed& what) { notes_->add("failed " + what.why.code + ": " + what.why.message); },
        [this](const node_answers& what) {
          notes_->add("answers " + what.who.name + " " + std::to_string(what.attempt));
          take(what.door);
        },
        [this](const node_knocks& what) {
          notes_->add("knocks " + what.who.name);
          take(what.door);
        },
        [](const link_up&) {},
        [](const link_down&) {},
        [](const members_heard&) {},
        [](const forward_disconnect&) {},
        [](const leave_cluster&) {},
        [](list_nodes) { return node_list{}; },
    };
  }

private:
  void take(const std::shared_ptr<node_door>& door) {
    if (how_->let_go)
      return;
    if (how_->hesitate)
      doors_.push_back(door);
    else
      decide(door);
  }

  void decide(const std::shared_ptr<node_door>& door) {
    if (!how_->refuse.empty())
      return door->refuse({how_->refuse, "not wanted"});
    auto link = spawn_on<link_actor, fake_link_state>(self_->system(), home_, notes_, how_);
    links_->push_back(link);
    door->proceed(link);
  }

  cluster_actor::pointer self_;
  lane* home_ = nullptr;
  journal_ptr notes_;
  std::shared_ptr<const manners> how_;
  std::shared_ptr<std::vector<link_actor>> links_;
  std::vector<std::shared_ptr<node_door>> doors_;
};

struct io_config : caf::actor_system_config {
  io_config() {
    configure_middleman(*this);
    set("scheduler.max-threads", std::size_t{1});
  }
};

/// A node as far as its tunnel is concerned. Its lane runs in a thread of its own.
struct tunnel_node {
  io_config config;
  caf::actor_system system{config};
  io_lane home{system};
  journal_ptr notes = std::make_shared<journal>();
  std::shared_ptr<manners> how = std::make_shared<manners>();
  std::shared_ptr<std::vector<link_actor>> links = std::make_shared<std::vector<link_actor>>();
  std::shared_ptr<tunnel> uut;
  cluster_actor cluster;
  std::thread thread;
  std::string refusal;  ///< why it does not listen

  static tunnel_settings plain(const std::string& name) {
    tunnel_settings made;
    made.cluster = tunnel_address{"127.0.0.1", 0};
    made.secret = "open sesame";
    made.self = {make_uuid(), name, "127.0.0.1:1", 1};
    return made;
  }

  explicit tunnel_node(tunnel_settings settings, manners set_how = {}) {
    *how = std::move(set_how);
    uut = std::make_shared<tunnel>(home, system, std::move(settings), [this](passage_ptr way) {
      return spawn_on<visitor_actor, fake_visitor_state>(system, &home, notes, how, std::move(way));
    });
    if (const auto opened = uut->open(); !opened)
      refusal = opened.error();
    cluster = spawn_on<cluster_actor, fake_cluster_state>(system, &home, &home, notes, how, links);
    thread = std::thread{[this] { home.run(); }};
    on_lane([this] { uut->start(cluster); });
  }
  tunnel_node(const tunnel_node&) = delete;
  tunnel_node& operator=(const tunnel_node&) = delete;

  ~tunnel_node() {
    close();
    on_lane([this] {
      for (const auto& each : *links)
        caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
      links->clear();
      uut = nullptr;
    });
    caf::anon_send_exit(cluster, caf::exit_reason::user_shutdown);
    cluster = nullptr;
    system.await_all_actors_done();
    home.stop();
    thread.join();
  }

  /// Has `f` run on the lane, and waits for it.
  void on_lane(std::function<void()> f) {
    std::promise<void> done;
    boost::asio::post(home.io(), [&] {
      f();
      done.set_value();
    });
    done.get_future().get();
  }

  /// Whether all ends in time.
  bool close() {
    const auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    on_lane([&] { uut->close([done] { done->set_value(); }); });
    return ended.wait_for(patience) == std::future_status::ready;
  }

  std::uint16_t port() const { return uut->cluster_address()->port(); }
  std::uint16_t monitor_port() const { return uut->monitor_address()->port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  void dial(const std::string& where, std::uint64_t attempt = 1) {
    on_lane([&] { uut->dial(where, attempt, cluster); });
  }

  link_actor link(std::size_t i = 0) {
    link_actor found;
    on_lane([&] { found = links->at(i); });
    return found;
  }

  /// Has the link send `text`, or do what it stands for.
  void tell_link(const std::string& text, std::size_t i = 0) { caf::anon_send(link(i), leave_cluster{text}); }

  std::uint64_t refused(tunnel_refusal why) const {
    return uut->counters().refused[static_cast<std::size_t>(why)].get();
  }

  /// Waits until as many were refused.
  bool await_refused(tunnel_refusal why, std::uint64_t n = 1) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (refused(why) < n && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return refused(why) == n;
  }
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Whether both ends of a dial from `a` to `b` are up.
inline bool linked(tunnel_node& a, tunnel_node& b, std::size_t n = 1) {
  a.dial(b.address());
  return !a.notes->await("connected to ", n).empty() && !b.notes->await("connected from ", n).empty();
}

}  // namespace ability::test
