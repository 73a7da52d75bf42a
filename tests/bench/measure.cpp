#include "tests/bench/measure.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace ability::load {

namespace {

constexpr int give_up_ms = 5'000;

/// Clients and a publisher on one running server.
class session {
public:
  session(const running_server& server, std::size_t subscribers, std::size_t message_bytes)
      : server_{server}, message_bytes_{message_bytes}, clients_{server.script()} {
    clients_.connect(subscribers);
    sleep_ms(200);  // a server without a confirmation may still be adding the last clients
    clients_.start_counting(unit());
  }

  /// Call this once, and shortly before the first `publish`: servers close HTTP connections that stay silent.
  void connect_publisher() {
    publisher_ = server_.connect_publisher();
    clients_.watch(publisher_->fd(), [this] { publisher_->on_readable(); });
  }

  ws_clients& clients() { return clients_; }
  std::size_t unit() const { return server_.payload_of(message_of(0, message_bytes_)).size(); }

  /// Publishes once, and waits until all clients have received it and the publisher has its replies.
  bool publish(const std::string& encoded, std::size_t messages) {
    const auto target = clients_.delivered() + messages * clients_.size();
    clients_.published();
    publisher_->send(encoded, messages);
    return clients_.run_until([&] { return clients_.delivered() >= target && publisher_->settled(); }, give_up_ms);
  }

  /// The bytes of one publish, numbered from `first`.
  std::string encode(std::size_t first, std::size_t messages) const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < messages; ++i)
      all.push_back(message_of(first + i, message_bytes_));
    return publisher_->encode(all);
  }

  /// Makes a few publishes that are not measured; compares the first with the expected message.
  void warm_up(std::size_t batch) {
    for (int i = 0; i < 3; ++i) {
      const bool complete = publish(encode(0, batch), batch);
      const auto expected = server_.payload_of(message_of(0, message_bytes_));
      const auto& got = clients_.first_message();
      if (got.empty() || !expected.starts_with(got))
        throw std::runtime_error{"sent \"" + got.substr(0, 200) + "\" instead of \"" + expected.substr(0, 200) + "\""};
      if (!complete)
        throw std::runtime_error{std::to_string(clients_.delivered()) + " deliveries in the warm-up instead of " +
                                 std::to_string(clients_.size() * batch * static_cast<std::size_t>(i + 1))};
    }
    clients_.start_counting(unit());
    if (auto* bare = dynamic_cast<bare_publisher*>(publisher_.get()))
      bare->loop_ns().clear();
  }

  std::vector<double> bare_loop_ms() const {
    std::vector<double> out;
    if (auto* bare = dynamic_cast<bare_publisher*>(publisher_.get()))
      for (const auto ns : bare->loop_ns())
        out.push_back(ns / 1e6);
    return out;
  }

private:
  const running_server& server_;
  std::size_t message_bytes_;
  ws_clients clients_;
  std::unique_ptr<publisher> publisher_;
};

/// Number of stalled clients that the server has closed. The close follows the bytes that the kernel holds for them, so
/// they read until nothing more comes for half a second, at most for 8 s.
std::size_t closed_behind_backlog(ws_clients& stalled) {
  stalled.set_receive_buffer(4'194'304);
  for (int i = 0; i < 16 && stalled.closed() < stalled.size(); ++i) {
    const auto before = stalled.wire_bytes();
    if (stalled.run_until([&] { return stalled.closed() == stalled.size(); }, 500) || stalled.wire_bytes() == before)
      break;
  }
  return stalled.closed();
}

}  // namespace

std::string message_of(std::size_t number, std::size_t bytes) {
  char start[32];
  std::snprintf(start, sizeof start, R"({"n":"%08zu","t":")", number);
  std::string message = start;
  message.append(bytes - message.size() - 2, 'x');
  return message + "\"}";
}

double machine_cpu_ns() {
  std::ifstream stat{"/proc/stat"};
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, io_wait = 0, irq = 0, soft_irq = 0, steal = 0;
  stat >> name >> user >> nice >> system >> idle >> io_wait >> irq >> soft_irq >> steal;
  return (user + nice + system + irq + soft_irq + steal) * 1e9 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double median(std::vector<double> values) {
  if (values.empty())
    return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double percentile(std::vector<float>& values, double part) {
  if (values.empty())
    return std::numeric_limits<double>::quiet_NaN();
  const auto rank = std::ceil(part * static_cast<double>(values.size()));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

/// The server, its clients, and the measurements so far.
struct fan_out::parts {
  parts(server_kind kind, const programs& where, const fan_out_plan& what)
      : plan{what},
        server{kind, where},
        active{server, plan.subscribers, plan.message_bytes},
        stalled{server.script(), 4'096} {}

  fan_out_plan plan;
  running_server server;
  session active;
  ws_clients stalled;
  std::vector<std::string> encoded;
  std::size_t next = 0;  // index in `encoded`
  bool complete = true;

  std::uint64_t expected = 0;
  double wall_ns = 0;
  double server_ns = 0;
  double generator_ns = 0;
  double others_ns = 0;
};

fan_out::fan_out(server_kind kind, const programs& where, const fan_out_plan& plan)
    : parts_{std::make_unique<parts>(kind, where, plan)} {
  auto& s = parts_->active;
  s.connect_publisher();
  s.warm_up(plan.batch);
  parts_->stalled.connect(plan.stalled);
  for (std::size_t i = 0; i < plan.publishes; ++i)
    parts_->encoded.push_back(s.encode(i * plan.batch, plan.batch));
  s.clients().latencies().reserve(plan.publishes * plan.batch * plan.subscribers);
}

fan_out::~fan_out() = default;
fan_out::fan_out(fan_out&&) noexcept = default;

bool fan_out::publish(std::size_t count) {
  auto& p = *parts_;
  const auto& process = p.server.process();
  const auto server_cpu = process.cpu_ns();
  const auto own_cpu = own_cpu_ns();
  const auto machine_cpu = machine_cpu_ns();
  const auto start = now_ns();
  for (; count > 0 && p.complete && p.next < p.encoded.size(); --count) {
    p.expected += p.plan.batch * p.plan.subscribers;
    p.complete = p.active.publish(p.encoded[p.next++], p.plan.batch);
  }
  const auto used = static_cast<double>(process.cpu_ns() - server_cpu);
  const auto generated = static_cast<double>(own_cpu_ns() - own_cpu);
  p.wall_ns += static_cast<double>(now_ns() - start);
  p.server_ns += used;
  p.generator_ns += generated;
  p.others_ns += machine_cpu_ns() - machine_cpu - used - generated;
  return p.complete && p.next < p.encoded.size();
}

client_script fan_out::script() const { return parts_->server.script(); }

fan_out_round fan_out::finish() {
  auto& p = *parts_;
  auto& clients = p.active.clients();
  fan_out_round round;
  round.generator_share = p.generator_ns / p.wall_ns;
  round.server_cores = p.server_ns / p.wall_ns;
  round.others_cores = std::max(0.0, p.others_ns) / p.wall_ns;
  round.delivered = clients.delivered();
  round.lost = p.expected - std::min(p.expected, round.delivered);
  round.cpu_us = p.server_ns / 1e3 / static_cast<double>(round.delivered);
  round.wire_bytes = static_cast<double>(clients.wire_bytes()) / static_cast<double>(round.delivered);
  round.p50_ms = percentile(clients.latencies(), 0.50) / 1e6;
  round.p99_ms = percentile(clients.latencies(), 0.99) / 1e6;
  round.bare_loop_ms = p.active.bare_loop_ms();
  round.stalled_closed = closed_behind_backlog(p.stalled);
  return round;
}

idle_round run_idle(server_kind kind, const programs& where, const idle_plan& plan) {
  const running_server server{kind, where};
  sleep_ms(1'000);
  const auto before = server.process().memory();
  const auto start = now_ns();
  session s{server, plan.connections, 100};
  idle_round round;
  round.connect_s = static_cast<double>(now_ns() - start) / 1e9;
  sleep_ms(plan.settle_ms);

  const auto after = server.process().memory();
  const auto cpu = server.process().cpu_ns();
  const auto idle_from = now_ns();
  sleep_ms(plan.idle_ms);
  round.idle_cpu = static_cast<double>(server.process().cpu_ns() - cpu) / static_cast<double>(now_ns() - idle_from);
  const auto per_connection = 1024.0 * static_cast<double>(plan.connections);
  round.pss_kb = static_cast<double>(after.pss - before.pss) / per_connection;
  round.rss_kb = static_cast<double>(after.rss - before.rss) / per_connection;
  s.connect_publisher();
  s.publish(s.encode(0, 1), 1);
  round.reached = s.clients().delivered();
  return round;
}

}  // namespace ability::load
