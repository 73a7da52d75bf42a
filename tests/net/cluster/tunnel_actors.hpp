/// A cluster, links and monitor sessions that only record the messages they receive.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/cluster/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/monitor/messages.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/stream/messages.hpp"

namespace ability::test {

inline constexpr std::chrono::seconds patience{15};

/// Messages that the fake actors have received, one line each.
class journal {
public:
  void add(std::string line) {
    const std::lock_guard guard{mutex_};
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }

  /// Waits for the `n`th line that begins with `front`, and returns its rest; empty if it does not come.
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

/// Behaviour of the fake actors; set before the first connection.
struct manners {
  bool handle = true;       ///< packets are handled when they arrive
  bool keep = true;         ///< the link keeps its tunnel connection
  std::string refuse = {};  ///< a code: nodes are refused with it
  bool hesitate = false;    ///< join requests are kept for `dial_due`
  bool let_go = false;      ///< join requests are dropped
  std::size_t noted = 64;   ///< bytes of a packet that are noted
};

/// Notes `packet …`, `connected`, `closed …`, `gone`. `leave_cluster` makes it send the reason to the other end.
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
        [this](const peer_connection_closed& why) { notes_->add("closed " + why.reason); },
        [](const forward_broadcasts&) {},
        [](const interest_news&) {},
        [](const link_closed&) {},
        [](ingress_reopened) {},
        [](const forward_disconnect&) {},
        [](const members_heard&) {},
        [](const report_losses&) {},
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
  peer_connection_ptr way_;
  caf::actor remote_;
};

/// Echoes each question; notes `asked …`, `closed …`, `gone`. The verb `CLOSE` closes the connection, `QUIT` ends the
/// actor; every verb but `STRANGER` counts as admitted.
class fake_monitor_session_state {
public:
  static constexpr const char* name = "fake_monitor_session";
  explicit fake_monitor_session_state(monitor_session_actor::pointer self) : self_{self} {}
  fake_monitor_session_state(const fake_monitor_session_state&) = delete;
  fake_monitor_session_state& operator=(const fake_monitor_session_state&) = delete;
  ~fake_monitor_session_state() { notes_->add("gone"); }

  void start(journal_ptr notes, std::shared_ptr<const manners> how, peer_connection_ptr way) {
    notes_ = std::move(notes);
    how_ = std::move(how);
    way_ = std::move(way);
    notes_->add("attached");
  }

  monitor_session_actor::behavior_type make_behavior() {
    return {
        [this](const std::string& verb, const std::string& arguments) {
          notes_->add("asked " + verb);
          if (how_->handle)
            way_->message_handled();
          if (verb != "STRANGER" && !way_->admit())
            way_->close("no room");
          if (verb == "CLOSE")
            way_->close("it was asked to");
          if (verb == "QUIT")
            self_->quit();
          return verb + " " + arguments;
        },
        [](const feed&) {},
        [this](const peer_connection_closed& why) {
          notes_->add("closed " + why.reason);
          way_ = nullptr;
          self_->quit();
        },
        [this](monitor_session_tick) { way_->message_handled(); },
    };
  }

private:
  monitor_session_actor::pointer self_;
  journal_ptr notes_;
  std::shared_ptr<const manners> how_;
  peer_connection_ptr way_;
};

/// Admits all nodes unless `manners` say otherwise. Notes `knocks name`, `answers name`, `failed code: message`.
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
        // Decide on the join requests that were kept.
        [this](const dial_due&) {
          for (const auto& each : std::exchange(doors_, {}))
            decide(each);
        },
        [](const look_up_due&) {},
        [this](const name_resolved& what) {
          std::string found;
          for (const auto& each : what.addresses)
            found += ' ' + each;
          notes_->add("resolved " + what.name + found + ' ' + what.why_not);
        },
        [this](const dial_failed& what) { notes_->add("failed " + what.why.code + ": " + what.why.message); },
        [this](const dial_reply& what) {
          notes_->add("answers " + what.who.name + " " + std::to_string(what.attempt));
          take(what.door);
        },
        [this](const join_request& what) {
          notes_->add("knocks " + what.who.name);
          take(what.door);
        },
        [](const link_up&) {},
        [](const link_down&) {},
        [](const link_report&) {},
        [](const members_heard&) {},
        [](const forward_disconnect&) {},
        [](const leave_cluster&) {},
        [](cluster_tick) {},
        [](list_nodes) { return node_list{}; },
        [](await_joined) { return joined_cluster{}; },
    };
  }

private:
  void take(const std::shared_ptr<pending_join>& door) {
    if (how_->let_go)
      return;
    if (how_->hesitate)
      doors_.push_back(door);
    else
      decide(door);
  }

  void decide(const std::shared_ptr<pending_join>& door) {
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
  std::vector<std::shared_ptr<pending_join>> doors_;
};

}  // namespace ability::test
