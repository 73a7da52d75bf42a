#include "tests/bench/fly_scenarios.hpp"

#include <map>
#include <stdexcept>

#include "protocol/fly/packet.hpp"
#include "tests/bench/echo_server.hpp"
#include "tests/bench/fly_callers.hpp"
#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

/// Makes the compiler assume that the object at `it` is read and changed.
void touch(const void* it) { asm volatile("" : : "r"(it) : "memory"); }

/// Nanoseconds per call of `what`, over `count` calls.
template <class F>
double time_each(std::size_t count, F&& what) {
  const auto start = now_ns();
  for (std::size_t i = 0; i < count; ++i)
    what();
  return static_cast<double>(now_ns() - start) / static_cast<double>(count);
}

/// Figures of one way of calling, slice by slice.
struct echo_figures {
  std::vector<double> rates;      ///< calls/s, many at a time
  std::vector<double> server_us;  ///< CPU per call
  std::vector<double> client_us;
  std::vector<double> p50_us;  ///< one at a time
  std::vector<double> p99_us;
};

/// A server, and the connection to it.
struct echo_side {
  echo_side(const programs& where, const std::string& mode, boost::asio::io_context& io) : server{where, mode} {
    if (mode == "server")
      caller = call_by_fly(io, server.port());
    else
      caller = call_by_length(io, server.port(), mode == "plain" ? bare_style::plain : bare_style::batched);
  }

  void many(std::size_t calls, std::size_t in_flight) {
    const auto cpu = server.process().cpu_ns();
    const auto own = own_cpu_ns();
    const auto start = now_ns();
    caller->run(calls, in_flight);
    const auto count = static_cast<double>(calls);
    figures.rates.push_back(count * 1e9 / static_cast<double>(now_ns() - start));
    figures.server_us.push_back(static_cast<double>(server.process().cpu_ns() - cpu) / 1e3 / count);
    figures.client_us.push_back(static_cast<double>(own_cpu_ns() - own) / 1e3 / count);
  }

  void one_by_one(std::size_t calls) {
    caller->latencies().clear();
    caller->run(calls, 1);
    figures.p50_us.push_back(percentile(caller->latencies(), 0.50) / 1e3);
    figures.p99_us.push_back(percentile(caller->latencies(), 0.99) / 1e3);
  }

  echo_server server;
  std::unique_ptr<echo_caller> caller;
  echo_figures figures;
};

}  // namespace

void fly_packets(const bench_settings& settings, report& out) {
  static constexpr std::size_t packets = 20'000;
  auto& place = out.begin('h', "a FlyRPC packet of 64 bytes");
  const std::string message(64 - fly::header_size, 'x');
  std::string bytes;
  std::string stream;
  for (std::size_t i = 0; i < packets; ++i)
    fly::append_packet(stream, {.command = 1, .sequence = static_cast<std::uint8_t>(i), .buffer = message});
  std::vector<double> written, read, copied;
  for (std::size_t round = 0; round < (settings.quick ? 25 : 100); ++round) {
    written.push_back(time_each(packets, [&] {
      bytes.clear();
      fly::append_packet(bytes, {.command = 1, .sequence = 1, .buffer = message});
      touch(bytes.data());
    }));
    fly::packet_reader reader;
    const auto start = now_ns();
    reader.feed(stream, [](const fly::packet& what) {
      touch(&what);
      return true;
    });
    read.push_back(static_cast<double>(now_ns() - start) / packets);
    copied.push_back(time_each(packets, [&] {
      bytes.clear();
      bytes.append(stream, 0, 64);
      touch(bytes.data());
    }));
  }
  table rows{{"", "ns"}};
  rows.add({"to write it", number(median(written), 1)});
  rows.add({"to read it from a stream", number(median(read), 1)});
  rows.add({"to copy 64 bytes into a string", number(median(copied), 1)});
  rows.print(out.out());
  place["write_ns"] = median(written);
  place["read_ns"] = median(read);
  place["copy_ns"] = median(copied);
  out.limit('h', "ns to write a packet of 64 bytes", 50, median(written), 1, true);
  out.limit('h', "ns to read a packet of 64 bytes", 50, median(read), 1, true);
}

void fly_calls(const bench_settings& settings, report& out) {
  static constexpr std::size_t in_flight = 128;
  static const std::vector<std::string> modes{"plain", "batched", "server"};
  static const std::map<std::string, std::string> names{
      {"plain", "bare, one by one"}, {"batched", "bare, batched"}, {"server", "FlyRPC"}};
  const std::size_t slices = settings.quick ? 8 : 10 * settings.rounds;
  auto& place = out.begin('i', "FlyRPC calls over one TCP connection, " + std::to_string(echo_bytes) +
                                   " bytes there and back, " + std::to_string(in_flight) + " and one at a time");
  boost::asio::io_context io{1};
  std::map<std::string, echo_side> sides;
  // The placement of client and server by the kernel changes single calls by a factor of three. Pin both, so that it is
  // the same for all modes.
  const pinned_here client{0};
  for (const auto& mode : modes) {
    auto& side = sides.try_emplace(mode, settings.where, mode, io).first->second;
    side.server.process().pin(1);
    side.caller->run(5'000, in_flight);
  }
  for (std::size_t slice = 0; slice < slices; ++slice) {
    for (const auto& mode : modes)
      sides.at(mode).many(mode == "plain" ? 5'000 : 100'000, in_flight);
    for (const auto& mode : modes)
      sides.at(mode).one_by_one(500);
  }
  const auto ratio = [&](const std::string& to, auto which) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < slices; ++i)
      ratios.push_back((sides.at("server").figures.*which)[i] / (sides.at(to).figures.*which)[i]);
    return median(std::move(ratios));
  };
  table rows{{"", "calls/s", "server CPU µs/call", "client CPU µs/call", "p50 µs, one at a time", "p99 µs"}};
  for (const auto& mode : modes) {
    const auto& of = sides.at(mode).figures;
    rows.add({names.at(mode), number(median(of.rates), 0), number(median(of.server_us), 2),
              number(median(of.client_us), 2), number(median(of.p50_us), 1), number(median(of.p99_us), 1)});
    place[mode] = {{"calls_per_s", of.rates},
                   {"server_cpu_us", of.server_us},
                   {"client_cpu_us", of.client_us},
                   {"p50_us", of.p50_us},
                   {"p99_us", of.p99_us}};
  }
  rows.print(out.out());
  out.out() << "  FlyRPC × bare, batched: " << number(ratio("batched", &echo_figures::rates), 2)
            << " in calls/s, and one at a time " << number(ratio("batched", &echo_figures::p50_us), 2) << " in p50\n";
  out.limit_from_below('i', "FlyRPC calls/s, 128 in flight, × bare", 0.8, ratio("plain", &echo_figures::rates), 2);
  out.limit('i', "FlyRPC p50, one at a time, × bare", 1.3, ratio("plain", &echo_figures::p50_us), 2);
}

}  // namespace ability::load
