/// Nodes with a tunnel each; their cluster and links only record messages. Define CAF_SUITE before.
#pragma once

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "net/cluster/caf_bridge.hpp"
#include "net/cluster/tunnel.hpp"
#include "tests/net/cluster/tunnel_actors.hpp"

namespace ability::test {

using namespace std::chrono_literals;

struct io_config : caf::actor_system_config {
  io_config() {
    configure_middleman(*this);
    set("scheduler.max-threads", std::size_t{1});
  }
};

/// The part of a node that its tunnel needs. Its lane runs in a thread of its own.
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
  std::string refusal;  ///< reason why it does not listen

  static tunnel_settings plain(const std::string& name) {
    tunnel_settings made;
    made.cluster = tunnel_address{"127.0.0.1", 0};
    made.secret = "open sesame";
    made.self = {make_uuid(), name, "127.0.0.1:1", 1};
    return made;
  }

  explicit tunnel_node(tunnel_settings settings, manners set_how = {}) {
    *how = std::move(set_how);
    uut = std::make_shared<tunnel>(home, system, std::move(settings), [this](peer_connection_ptr way) {
      return spawn_on<monitor_session_actor, fake_monitor_session_state>(system, &home, notes, how, std::move(way));
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

  /// Runs `f` on the lane, and waits for it.
  void on_lane(std::function<void()> f) {
    std::promise<void> done;
    boost::asio::post(home.io(), [&] {
      f();
      done.set_value();
    });
    done.get_future().get();
  }

  /// True if the tunnel closes in time.
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

  /// Has the link send `text`, or execute it if it is a command such as `CLOSE`.
  void tell_link(const std::string& text, std::size_t i = 0) { caf::anon_send(link(i), leave_cluster{text}); }

  std::uint64_t refused(tunnel_refusal why) const {
    return uut->counters().refused[static_cast<std::size_t>(why)].get();
  }

  /// True if exactly `n` connections are refused for that reason in time.
  bool await_refused(tunnel_refusal why, std::uint64_t n = 1) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (refused(why) < n && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return refused(why) == n;
  }
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// True if both ends of a dial from `a` to `b` are up.
inline bool linked(tunnel_node& a, tunnel_node& b, std::size_t n = 1) {
  a.dial(b.address());
  return !a.notes->await("connected to ", n).empty() && !b.notes->await("connected from ", n).empty();
}

}  // namespace ability::test
