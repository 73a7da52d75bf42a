// link_source: a node without clients that publishes as fast as one link to another node takes it. The cost of HTTP is
// left out: the publications come from within, as from any ingress.
//
//     link_source HOST:PORT SECRET PUBLICATIONS
//
// Prints when the other node follows the stream `s`, and then, as JSON, the time until all were acknowledged.

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "actors/cluster/cluster.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "net/cluster/caf_bridge.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/lane/io_lane.hpp"
#include "tests/bench/posix.hpp"

namespace {

using namespace ability;

struct config : caf::actor_system_config {
  config() {
    configure_middleman(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

node_settings settings_of(const std::string& join) {
  return {.cluster = {.on = true,
                      .self = {.uuid = make_uuid(), .name = "source", .address = {}, .started = 1},
                      .join = {join}}};
}

/// One lane, its records, and the cluster on a lane of its own.
class source {
public:
  source(const std::string& join, const std::string& secret)
      : here_{system_, settings_of(join), {std::chrono::system_clock::now, std::random_device{}()}},
        lane_{system_},
        cluster_lane_{system_},
        cluster_home_{here_, &cluster_lane_},
        tunnel_{cluster_lane_, system_, tunnel_settings{.cluster = tunnel_address{"127.0.0.1", 0}, .secret = secret},
                nullptr} {
    here_.lanes.push_back(std::make_unique<lane_home>(here_, &lane_));
    if (const auto opened = tunnel_.open(); !opened)
      throw std::runtime_error{opened.error()};
    auto& self = here_.settings.cluster.self;
    self.address = "127.0.0.1:" + std::to_string(tunnel_.cluster_address()->port());
    tunnel_.introduce_as(self);
    start_records(here_);
    here_.cluster = spawn_cluster(cluster_home_);
    tunnel_.start(here_.cluster);
    caf::anon_send(here_.cluster, join_cluster{std::shared_ptr<cluster_network>{std::shared_ptr<void>{}, &tunnel_}});
    threads_[0] = std::thread{[this] { lane_.run(); }};
    threads_[1] = std::thread{[this] { cluster_lane_.run(); }};
  }

  /// Waits until the other node has a follower; throws after 10 s.
  void await_interest() {
    caf::scoped_actor self{system_};
    for (int tries = 0; tries < 1'000; ++tries) {
      bool followed = false;
      self->request(here_.cluster, std::chrono::seconds{1}, list_nodes{})
          .receive(
              [&](const node_list& all) {
                followed =
                    std::ranges::any_of(all.nodes, [](const auto& each) { return each.link.streams_followed > 0; });
              },
              [](const caf::error&) {});
      if (followed)
        return;
      load::sleep_ms(10);
    }
    throw std::runtime_error{"nobody follows the stream"};
  }

  /// Publishes all and waits until the other node has handled them, or one was lost.
  void publish_all(std::uint64_t count) {
    left_ = count;
    boost::asio::post(lane_.io(), [this] { publish_some(); });
    std::uint64_t last = 0;
    auto last_at = load::now_ns();
    for (std::uint64_t done = 0; done < count; done = here_.cluster_counters.acknowledged.get()) {
      if (std::exchange(last, done) != done)
        last_at = load::now_ns();
      if (lost() > 0 || load::now_ns() - last_at > 5'000'000'000)
        throw std::runtime_error{std::to_string(lost()) + " publications lost, " + std::to_string(done) + " handed on"};
      load::sleep_ms(1);
    }
  }

  std::uint64_t lost() const {
    std::uint64_t sum = 0;
    for (const auto& each : here_.cluster_counters.lost)
      sum += each.get();
    return sum;
  }

private:
  // Publishes the content of one POST at a time; waits while the node has too many pending or the link is not as fast.
  void publish_some() {
    static constexpr std::uint64_t batch = 500;
    static constexpr std::uint64_t max_ahead = 20'000;
    if (left_ == 0)
      return;
    if (!here_.gate.full() && published_ - here_.cluster_counters.acknowledged.get() < max_ahead) {
      std::vector<broadcast> some(std::min(batch, left_));
      for (auto& each : some)
        each = {.stream = "s", .data = '"' + std::string(98, 'x') + '"', .data_is_json = true};
      left_ -= some.size();
      published_ += some.size();
      publish(*here_.lanes.front(), std::move(some), scope::everywhere);
    }
    boost::asio::post(lane_.io(), [this] { publish_some(); });
  }

  config config_;
  caf::actor_system system_{config_};
  node here_;
  io_lane lane_;
  io_lane cluster_lane_;
  lane_home cluster_home_;
  tunnel tunnel_;
  std::array<std::thread, 2> threads_;
  std::uint64_t left_ = 0;
  std::uint64_t published_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: link_source HOST:PORT SECRET PUBLICATIONS\n";
    return 2;
  }
  try {
    load::catch_signals();
    auto& node = *new source{argv[1], argv[2]};  // ends with the process: its destruction is not measured
    node.await_interest();
    std::cout << "ready\n" << std::flush;
    const auto cpu = load::own_cpu_ns();
    const auto start = load::now_ns();
    node.publish_all(std::strtoull(argv[3], nullptr, 10));
    const auto took = load::now_ns() - start;
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    std::cout << R"({"ns":)" << took << R"(,"cpu_ns":)" << load::own_cpu_ns() - cpu << R"(,"lost":)" << node.lost()
              << R"(,"max_rss_kib":)" << use.ru_maxrss << "}\n"
              << std::flush;
    std::_Exit(0);
  } catch (const std::exception& failure) {
    std::cerr << "link_source: " << failure.what() << '\n';
    std::_Exit(1);
  }
}
