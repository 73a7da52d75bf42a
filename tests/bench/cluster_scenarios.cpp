#include "tests/bench/cluster_scenarios.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>

#include "tests/bench/cluster_nodes.hpp"
#include "tests/bench/crowd.hpp"
#include "tests/bench/latency_probe.hpp"
#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::string_view link_bytes = "ability_cluster_bytes_sent_total";

/// Lets the publisher and the probes read until the monotonic time `until`, in ns.
void read_until(std::int64_t until, publisher& to, const std::vector<latency_probe*>& probes) {
  for (auto left = until - now_ns(); left > 0; left = until - now_ns()) {
    std::vector<pollfd> watched{{to.fd(), POLLIN, 0}};
    for (const auto* each : probes)
      watched.push_back({each->fd(), POLLIN, 0});
    const timespec wait{0, static_cast<long>(left)};
    throw_if_interrupted();
    if (::ppoll(watched.data(), watched.size(), &wait, nullptr) <= 0)
      continue;
    if (watched[0].revents != 0)
      to.on_readable();
    for (std::size_t i = 0; i < probes.size(); ++i)
      if (watched[i + 1].revents != 0)
        probes[i]->on_readable();
  }
}

/// Publishes stamped messages at a steady rate while the probes read.
void publish_steadily(publisher& to, const std::vector<latency_probe*>& probes, std::size_t count,
                      std::size_t per_second) {
  const auto interval = 1'000'000'000 / static_cast<std::int64_t>(per_second);
  std::vector<std::size_t> expected;
  for (const auto* each : probes)
    expected.push_back(each->received() + count);
  auto next = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    to.send(to.encode({stamped_message()}), 1);
    read_until(next += interval, to, probes);
  }
  const auto all = [&] {
    for (std::size_t i = 0; i < probes.size(); ++i)
      if (probes[i]->received() < expected[i])
        return false;
    return true;
  };
  for (const auto end = now_ns() + 2'000'000'000; !all() && now_ns() < end;)
    read_until(now_ns() + 1'000'000, to, probes);
}

bool can_run(const bench_settings& settings, report& out) {
  const auto why = missing(server_kind::abilityd, settings.where);
  if (why)
    out.failure(*why);
  return !why;
}

std::string payload_of(const std::string& message) { return action_cable_payload(message); }

std::string numbered(std::size_t number) {
  auto text = std::to_string(number);
  return '"' + std::string(98 - text.size(), '.') + text + '"';
}

/// A client of the node that follows `count` streams without other followers.
descriptor follow_many(const client_script& script, std::size_t first, std::size_t count) {
  auto socket = connect_to(script.port);
  send_all(socket.get(), "GET " + script.path +
                             " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                             std::string{handshake_key} + "\r\nSec-WebSocket-Protocol: " + script.subprotocol +
                             "\r\n\r\n");
  static constexpr std::size_t at_once = 500;
  std::string seen;
  std::size_t confirmed = 0;
  for (std::size_t asked = 0; confirmed < count;) {
    if (asked == confirmed && asked < count) {
      std::string commands;
      for (const auto end = std::min(asked + at_once, count); asked < end; ++asked)
        commands +=
            client_frame(R"({"command":"subscribe","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\"i)" +
                             std::to_string(first + asked) + R"(\"}"})",
                         script.subscribe_as);
      send_all(socket.get(), commands);
    }
    std::array<char, 65'536> bytes;
    const auto n = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (n <= 0)
      throw std::runtime_error{"a follower of many streams was not let in"};
    seen.append(bytes.data(), static_cast<std::size_t>(n));
    std::size_t from = 0;
    for (auto at = seen.find(script.ready); at != std::string::npos; at = seen.find(script.ready, from), ++confirmed)
      from = at + script.ready.size();
    seen.erase(0, std::max(from, seen.size() - std::min(seen.size(), script.ready.size())));
  }
  return socket;
}

/// The program `link_source`: a node that publishes from within.
class link_source {
public:
  link_source(const programs& where, const std::string& address, std::size_t publications)
      : process_{{find_program(where.link_source), address, std::string{cluster_nodes::secret},
                  std::to_string(publications)},
                 files_.path() / "output"} {
    while (lines().empty()) {
      if (failed())
        throw std::runtime_error{"link_source has ended at once"};
      sleep_ms(5);
    }
  }

  /// True if it has ended without a result.
  bool failed() const { return !process_.alive() && lines().size() < 2; }

  /// Waits for the result.
  nlohmann::json result() const {
    while (process_.alive())
      sleep_ms(5);
    const auto all = lines();
    if (all.size() < 2)
      throw std::runtime_error{"link_source: " + (all.empty() ? "no word" : all.back())};
    return nlohmann::json::parse(all[1]);
  }

private:
  std::vector<std::string> lines() const {
    std::ifstream file{files_.path() / "output"};
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);)
      all.push_back(line);
    return all;
  }

  temp_dir files_;
  child_process process_;
};

void publish_and_settle(publisher& to, const std::vector<std::string>& messages) {
  to.send(to.encode(messages), messages.size());
  while (!to.settled()) {
    pollfd watched{to.fd(), POLLIN, 0};
    throw_if_interrupted();
    ::poll(&watched, 1, 100);
    to.on_readable();
  }
}

}  // namespace

void cluster_latency(const bench_settings& settings, report& out) {
  static constexpr std::size_t per_second = 1'000;
  const std::size_t count = settings.quick ? 2'000 : 10'000;
  auto& place = out.begin('k', "a broadcast here and across one link, 1,000 a second");
  if (!can_run(settings, out))
    return;
  std::vector<double> later;
  table rows{{"round", "p50 ms here", "across", "p99 ms here", "across", "lost"}};
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const cluster_nodes nodes{2, settings.where};
    latency_probe here{nodes.script(0)};
    latency_probe across{nodes.script(1)};
    const auto to = nodes.connect_publisher(0);
    publish_steadily(*to, {&here, &across}, count, per_second);
    const auto lost = 2 * count - here.received() - across.received();
    auto& a = here.latencies_ms();
    auto& b = across.latencies_ms();
    const std::array<double, 4> found{percentile(a, 0.5), percentile(b, 0.5), percentile(a, 0.99), percentile(b, 0.99)};
    later.push_back(found[3] - found[2]);
    rows.add({std::to_string(round + 1), number(found[0], 3), number(found[1], 3), number(found[2], 3),
              number(found[3], 3), std::to_string(lost)});
    place["rounds"].push_back({{"p50_ms", {found[0], found[1]}}, {"p99_ms", {found[2], found[3]}}, {"lost", lost}});
  }
  rows.print(out.out());
  out.limit('k', "p99 of a broadcast across a link, ms beyond a local one", 2, median(later), 3);
}

void cluster_throughput(const bench_settings& settings, report& out) {
  const std::size_t count = settings.quick ? 500'000 : 3'000'000;
  auto& place =
      out.begin('l', "publications of 100 bytes over one link, to a node where one client follows the stream");
  if (!can_run(settings, out))
    return;
  std::vector<double> rates;
  table rows{{"round", "publications/s", "here, µs CPU each", "there", "here, MB", "there", "grown there, MB", "lost"}};
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const cluster_nodes nodes{1, settings.where};
    ws_clients follower{nodes.script(0)};
    follower.connect(1);
    follower.start_counting(payload_of(numbered(0)).size());
    const link_source source{settings.where, nodes.cluster_address(0), count};
    const auto cpu = nodes.process(0).cpu_ns();
    const auto memory = nodes.process(0).memory().rss;
    const auto all = [&] { return follower.delivered() >= count || source.failed(); };
    const bool got_all = follower.run_until(all, 120'000) && !source.failed();
    const auto used = static_cast<double>(nodes.process(0).cpu_ns() - cpu) / 1e3 / static_cast<double>(count);
    const auto rss = nodes.process(0).memory().rss;
    const auto found = source.result();
    const auto mb = [](std::int64_t bytes) { return number(static_cast<double>(bytes) / 1e6, 1); };
    rates.push_back(static_cast<double>(count) * 1e9 / found.at("ns").get<double>());
    rows.add({std::to_string(round + 1), number(rates.back(), 0),
              number(found.at("cpu_ns").get<double>() / 1e3 / static_cast<double>(count), 2), number(used, 2),
              mb(found.at("max_rss_kib").get<std::int64_t>() * 1'024), mb(rss), mb(rss - memory),
              got_all ? "0" : std::to_string(count - follower.delivered())});
    place["rounds"].push_back({{"source", found}, {"cpu_us_there", used}, {"rss_there", rss}, {"all", got_all}});
  }
  rows.print(out.out());
  out.limit_from_below('l', "million publications/s over one link", 1, median(rates) / 1e6, 2);
}

void cluster_crowd(const bench_settings& settings, report& out) {
  const std::size_t clients = settings.quick ? 2'000 : 15'000;
  static constexpr std::size_t messages = 20;
  static constexpr std::size_t local_messages = 20'000;
  auto& place = out.begin('m', "3 nodes, " + std::to_string(clients) + " connections on each follow one stream");
  if (!can_run(settings, out))
    return;
  const cluster_nodes nodes{3, settings.where};
  std::vector<std::unique_ptr<crowd>> crowds;
  for (std::size_t i = 0; i < 3; ++i)
    crowds.push_back(std::make_unique<crowd>(nodes.script(i), clients, payload_of(numbered(0)).size()));
  std::vector<std::unique_ptr<publisher>> publishers;
  for (std::size_t i = 0; i < 3; ++i)
    publishers.push_back(nodes.connect_publisher(i));
  const auto start = now_ns();
  for (std::size_t i = 0; i < messages; ++i)
    publish_and_settle(*publishers[i % 3], {numbered(i)});
  std::uint64_t delivered = 0;
  for (auto& each : crowds)
    delivered += each->await(messages * clients, 60'000);
  const auto took = static_cast<double>(now_ns() - start) / 1e9;
  const auto expected = messages * clients * 3;
  out.out() << "  " << messages << " messages, each to one of the nodes: " << delivered << " of " << expected
            << " deliveries, in " << number(took, 2) << " s\n";
  out.limit_from_below('m', "deliveries of one stream on 3 nodes, of all", 1,
                       static_cast<double>(delivered) / static_cast<double>(expected), 4);
  crowds.erase(crowds.begin() + 1, crowds.end());

  // The stream is now followed on the first node alone. Both waits are equally long, so that both include heartbeats.
  while (nodes.metric(1, "ability_clients_num") + nodes.metric(2, "ability_clients_num") > 0)
    sleep_ms(50);
  sleep_ms(1'000);
  const auto bytes = [&] {
    return nodes.metric(0, std::string{link_bytes}) + nodes.metric(1, std::string{link_bytes}) +
           nodes.metric(2, std::string{link_bytes});
  };
  const auto idle_start = now_ns();
  const auto before = bytes();
  sleep_ms(3'000);
  const auto idle_rate = (bytes() - before) * 1e9 / static_cast<double>(now_ns() - idle_start);
  const auto busy_start = now_ns();
  const auto between = bytes();
  for (std::size_t i = 0; i < local_messages / 100; ++i) {
    std::vector<std::string> batch;
    for (std::size_t j = 0; j < 100; ++j)
      batch.push_back(numbered(j));
    publish_and_settle(*publishers[0], batch);
    sleep_ms(15);
  }
  const auto busy_rate = (bytes() - between) * 1e9 / static_cast<double>(now_ns() - busy_start);
  out.out() << "  bytes a second on all links: " << number(idle_rate, 0) << " while nothing is published, "
            << number(busy_rate, 0) << " while " << local_messages
            << " messages are published to a stream that only their own node follows\n";
  place["delivered"] = delivered;
  place["expected"] = expected;
  place["link_bytes_per_s"] = {idle_rate, busy_rate};
  // Nodes also exchange the members now and then, in either of the two waits.
  const auto more = (busy_rate - idle_rate) * static_cast<double>(now_ns() - busy_start) / 1e9;
  out.limit('m', "bytes on links for each message that only its own node follows", 1,
            more / static_cast<double>(local_messages), 3);
}

void cluster_interest(const bench_settings& settings, report& out) {
  const std::size_t streams = settings.quick ? 50'000 : 500'000;
  static constexpr std::size_t per_client = 5'000;
  auto& place = out.begin('n', std::to_string(streams) + " streams of interest, and a node that comes back");
  if (!can_run(settings, out))
    return;
  cluster_nodes nodes{2, settings.where};
  latency_probe probe{nodes.script(1)};
  std::vector<descriptor> followers;
  for (std::size_t done = 0; done < streams; done += per_client)
    followers.push_back(follow_many(nodes.script(1), done, per_client));
  const auto known = [&] { return nodes.metric(0, "ability_cluster_interest_num"); };
  for (const auto end = now_ns() + 60'000'000'000; known() < static_cast<double>(streams); sleep_ms(50))
    if (now_ns() > end)
      throw std::runtime_error{"the first node did not hear of all streams within 60 s"};
  const auto to = nodes.connect_publisher(1);
  publish_steadily(*to, {&probe}, settings.quick ? 1'000 : 3'000, 1'000);
  auto calm = std::exchange(probe.latencies_ms(), {});
  nodes.restart(0);
  const auto start = now_ns();
  double took = 0;
  while (took == 0) {
    publish_steadily(*to, {&probe}, 100, 1'000);
    if (known() >= static_cast<double>(streams))
      took = static_cast<double>(now_ns() - start) / 1e9;
    else if (now_ns() - start > 60'000'000'000)
      throw std::runtime_error{"the node that came back did not hear of all streams within 60 s"};
  }
  auto busy = std::exchange(probe.latencies_ms(), {});
  const std::array<double, 2> p99{percentile(calm, 0.99), percentile(busy, 0.99)};
  const auto worst = static_cast<double>(*std::ranges::max_element(busy));
  out.out() << "  all interest was told " << number(took, 2)
            << " s after the other node's start; broadcasts meanwhile: p99 " << number(p99[1], 2)
            << " ms (before: " << number(p99[0], 2) << "), worst " << number(worst, 1) << " ms\n";
  place["seconds"] = took;
  place["p99_ms"] = p99;
  place["worst_ms"] = worst;
  out.limit('n', "seconds until a node that comes back knows " + std::to_string(streams) + " streams", 5, took, 2);
  out.limit('n', "worst broadcast meanwhile, ms", 50, worst, 1);
}

}  // namespace ability::load
