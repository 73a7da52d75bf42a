// FlyRPC by way of the daemon: cost of the hop, cost of a client, and one frame for many clients.
#include <algorithm>
#include <array>
#include <numeric>

#include "tests/bench/echo_server.hpp"
#include "tests/bench/fly_callers.hpp"
#include "tests/bench/fly_scenarios.hpp"
#include "tests/bench/fly_swarm.hpp"
#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::size_t joined = 255;  // clients, the most that one frame can address

/// A backend, and the daemon that its clients come through.
class gateway {
public:
  explicit gateway(const programs& where)
      : backend_{where, "backend"}, daemon_{server_kind::abilityd, settings(where, port_, backend_.port())} {}

  std::uint16_t port() const { return port_; }
  const child_process& backend() const { return backend_.process(); }
  const child_process& daemon() const { return daemon_.process(); }

private:
  static programs settings(programs where, std::uint16_t port, std::uint16_t backend) {
    where.abilityd_access = {"--public", "--lanes=1", "--fly-rpc-secret=none",
                             "--fly-listen=tcp://127.0.0.1:" + std::to_string(port),
                             "--rpc-host=fly://127.0.0.1:" + std::to_string(backend)};
    return where;
  }

  std::uint16_t port_ = free_port();
  echo_server backend_;
  running_server daemon_;
};

/// CPU time of some processes, from construction on.
class cpu_meter {
public:
  explicit cpu_meter(std::vector<const child_process*> of) : of_{std::move(of)} {
    for (const auto* each : of_)
      before_.push_back(each->cpu_ns());
  }

  /// Microseconds of each process, divided by `count`.
  std::vector<double> us_per(double count) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < of_.size(); ++i)
      out.push_back(static_cast<double>(of_[i]->cpu_ns() - before_[i]) / 1e3 / count);
    return out;
  }

private:
  std::vector<const child_process*> of_;
  std::vector<std::int64_t> before_;
};

/// Returns the CPU that the hop adds to a call, as a multiple of a direct call's in its client and its server.
double hop(const bench_settings& settings, report& out, nlohmann::ordered_json& place, const gateway& by) {
  // Short slices: after any disturbance by other programs, the calls travel in smaller groups to the end of the slice,
  // and each costs a multiple.
  static constexpr std::size_t calls = 10'000;
  static constexpr std::size_t in_flight = 128;
  const std::size_t slices = settings.quick ? 25 : 50 * settings.rounds;
  const echo_server direct_server{settings.where, "server"};
  boost::asio::io_context io{1};
  const auto direct = call_by_fly(io, direct_server.port());
  const auto through = call_by_fly(io, by.port());
  for (const auto& each : {direct.get(), through.get()})
    each->run(5'000, in_flight);
  std::vector<double> direct_us, daemon_us, backend_us, added, added_to_server, rates, direct_rates;
  const auto client_us = [](std::int64_t since) { return static_cast<double>(own_cpu_ns() - since) / 1e3 / calls; };
  const auto begin = now_ns();
  const auto machine = machine_cpu_ns() - static_cast<double>(own_cpu_ns());
  for (std::size_t slice = 0; slice < slices; ++slice) {
    const auto start = now_ns();
    const cpu_meter directly{{&direct_server.process()}};
    const auto own_before = own_cpu_ns();
    direct->run(calls, in_flight);
    direct_us.push_back(directly.us_per(calls)[0]);
    const auto whole = direct_us.back() + client_us(own_before);
    const auto middle = now_ns();
    const cpu_meter there{{&by.daemon(), &by.backend()}};
    const auto own_middle = own_cpu_ns();
    through->run(calls, in_flight);
    const auto end = now_ns();
    const auto client = client_us(own_middle);
    const auto used = there.us_per(calls);
    daemon_us.push_back(used[0]);
    backend_us.push_back(used[1]);
    added.push_back((client + used[0] + used[1] - whole) / whole);
    added_to_server.push_back((used[0] + used[1] - direct_us.back()) / direct_us.back());
    direct_rates.push_back(calls * 1e9 / static_cast<double>(middle - start));
    rates.push_back(calls * 1e9 / static_cast<double>(end - middle));
  }
  double used_ns = 0;
  for (const auto* each : {&direct_us, &daemon_us, &backend_us})
    used_ns += std::accumulate(each->begin(), each->end(), 0.0) * 1e3 * calls;
  const auto others = (machine_cpu_ns() - static_cast<double>(own_cpu_ns()) - machine - used_ns) /
                      static_cast<double>(now_ns() - begin);
  table rows{{"", "calls/s", "abilityd CPU µs/call", "server CPU µs/call", "both"}};
  rows.add(
      {"direct", number(median(direct_rates), 0), "-", number(median(direct_us), 2), number(median(direct_us), 2)});
  rows.add({"through abilityd", number(median(rates), 0), number(median(daemon_us), 2), number(median(backend_us), 2),
            number(median(daemon_us) + median(backend_us), 2)});
  rows.print(out.out());
  out.out() << "  of the servers alone the hop adds " << number(median(added_to_server), 2) << " × the direct one\n";
  place["added_to_server"] = added_to_server;
  place["others_cores"] = others;
  place["direct_cpu_us"] = direct_us;
  place["abilityd_cpu_us"] = daemon_us;
  place["backend_cpu_us"] = backend_us;
  return median(added);
}

/// Returns the KiB of abilityd's memory per client.
double crowd(const bench_settings& settings, report& out, nlohmann::ordered_json& place, const gateway& by,
             fly_swarm& swarm) {
  const std::size_t clients = settings.quick ? 2'500 : 10'000;
  const auto before = by.daemon().memory();
  const auto backend_before = by.backend().memory();
  const auto start = now_ns();
  swarm.connect(clients);
  const auto took = static_cast<double>(now_ns() - start) / 1e9;
  sleep_ms(2'000);
  const auto per_client = [&](std::int64_t bytes) {
    return static_cast<double>(bytes) / 1024 / static_cast<double>(clients);
  };
  const auto pss = per_client(by.daemon().memory().pss - before.pss);
  const auto of_backend = per_client(by.backend().memory().pss - backend_before.pss);
  out.out() << "  " << clients << " clients on one link, in " << number(took, 1) << " s: " << number(pss, 2)
            << " KB of abilityd's memory each, " << number(of_backend, 2) << " KB of the backend's\n";
  place["pss_kib_per_client"] = pss;
  place["backend_pss_kib_per_client"] = of_backend;
  return pss;
}

/// A way to send messages to 255 clients, and the figures of each slice.
struct many_targets {
  std::string name;
  std::uint16_t command;  // of fly_servers's backend
  std::size_t at_once;
  std::vector<double> rates = {};  // messages/s
  std::vector<double> daemon_us = {};
  std::vector<double> backend_us = {};
};

/// The first 255 of the swarm, which request the messages from the backend.
class targets {
public:
  targets(const gateway& by, fly_swarm& swarm) : by_{by}, swarm_{swarm}, expected_{swarm.received()} {
    for (std::size_t i = 0; i < joined; ++i)
      swarm_.send(i, {.options = fly::rpc_option::buffer, .command = 2});
    wait(joined);
  }

  void measure(many_targets& way, std::size_t messages) {
    const fly::packet what{.options = fly::rpc_option::buffer, .command = way.command, .buffer = message_};
    const auto start = now_ns();
    const cpu_meter used{{&by_.daemon(), &by_.backend()}};
    for (std::size_t sent = 0; sent < messages; sent += way.at_once) {
      for (std::size_t i = 0; i < way.at_once; ++i)
        swarm_.send(0, what);
      wait(joined * way.at_once);
    }
    const auto each = used.us_per(static_cast<double>(messages * joined));
    way.rates.push_back(static_cast<double>(messages) * 1e9 / static_cast<double>(now_ns() - start));
    way.daemon_us.push_back(each[0]);
    way.backend_us.push_back(each[1]);
  }

private:
  void wait(std::size_t more) {
    expected_ += more;
    if (!swarm_.run_until([&] { return swarm_.received() >= expected_; }, 5'000))
      throw std::runtime_error{std::to_string(expected_ - swarm_.received()) + " packets to 255 clients did not come"};
  }

  const gateway& by_;
  fly_swarm& swarm_;
  std::uint64_t expected_;
  const std::string message_ = std::string(100, 'x');
};

void to_many(const bench_settings& settings, report& out, nlohmann::ordered_json& place, const gateway& by,
             fly_swarm& swarm) {
  static constexpr std::size_t messages = 96;
  std::array<many_targets, 3> ways{{{.name = "one frame, one message at a time", .command = 3, .at_once = 1},
                                    {.name = "one frame, 16 messages at a time", .command = 3, .at_once = 16},
                                    {.name = "255 frames, one message at a time", .command = 4, .at_once = 1}}};
  targets all{by, swarm};
  const std::size_t slices = settings.quick ? 4 : 4 * settings.rounds;
  for (std::size_t slice = 0; slice <= slices; ++slice)
    for (auto& way : ways)
      all.measure(way, messages);
  table rows{{"100 bytes to 255 clients", "messages/s", "abilityd CPU µs/delivery", "backend CPU µs/delivery"}};
  for (const auto& way : ways) {
    rows.add(
        {way.name, number(median(way.rates), 0), number(median(way.daemon_us), 2), number(median(way.backend_us), 3)});
    place["to_255"][way.name] = {
        {"messages_per_s", way.rates}, {"abilityd_cpu_us", way.daemon_us}, {"backend_cpu_us", way.backend_us}};
  }
  rows.print(out.out());
}

}  // namespace

void fly_gateway(const bench_settings& settings, report& out) {
  auto& place =
      out.begin('j', "FlyRPC through abilityd (one lane) to a backend: 64 bytes there and back, 128 at a time");
  if (const auto why = missing(server_kind::abilityd, settings.where)) {
    out.failure(*why);
    return;
  }
  const gateway by{settings.where};
  const auto added = hop(settings, out, place, by);
  fly_swarm swarm{by.port()};
  const auto memory = crowd(settings, out, place, by, swarm);
  to_many(settings, out, place, by, swarm);
  if (const double others = place["others_cores"]; others > 0.15)
    out.note("other programs kept " + number(others, 1) +
             " cores busy: calls travel in smaller groups then, and each costs a multiple of what it should");
  out.limit('j', "CPU that the hop adds to a call, × a direct one (client and server)", 2, added, 2);
  out.limit('j', "KB of abilityd's memory per FlyRPC client", 4, memory, 2);
}

}  // namespace ability::load
