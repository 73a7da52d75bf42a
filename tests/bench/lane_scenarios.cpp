#include "tests/bench/lane_scenarios.hpp"

#include <memory>
#include <span>
#include <thread>

#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::size_t message_bytes = 100;
constexpr int give_up_ms = 10'000;
constexpr double wanted = 1.6;  // × one lane

/// A server whose clients do not read while it delivers: the kernel keeps their messages, so the server has all cores
/// for itself.
class unread_server {
public:
  unread_server(server_kind kind, const programs& where, std::size_t subscribers)
      : server_{kind, where}, clients_{server_.script()} {
    clients_.connect(subscribers);
    clients_.start_counting(payload().size());
    publisher_ = server_.connect_publisher();
    clients_.watch(publisher_->fd(), [this] { publisher_->on_readable(); });
    encode(1);
    publish();
    wait();
    drain();
  }

  void encode(std::size_t batch) {
    batch_ = batch;
    encoded_ = publisher_->encode(std::vector<std::string>(batch, message_of(0, message_bytes)));
  }
  void publish() {
    target_ = clients_.delivered() + deliveries();
    publisher_->send(encoded_, batch_);
  }
  /// Waits until every client has received all publications. This and `drain` throw when that takes too long.
  void wait() const {
    if (!clients_.wait_unread(batch_ * server_frame(payload()).size(), give_up_ms))
      throw std::runtime_error{"deliveries were lost"};
  }
  /// Has the clients read.
  void drain() {
    if (!clients_.run_until([&] { return clients_.delivered() >= target_ && publisher_->settled(); }, give_up_ms))
      throw std::runtime_error{"deliveries were lost"};
  }

  std::size_t deliveries() const { return batch_ * clients_.size(); }
  std::int64_t cpu_ns() const { return server_.process().cpu_ns(); }

private:
  std::string payload() const { return server_.payload_of(message_of(0, message_bytes)); }

  running_server server_;
  ws_clients clients_;
  std::unique_ptr<publisher> publisher_;
  std::size_t batch_ = 1;
  std::string encoded_;
  std::uint64_t target_ = 0;
};

/// Deliveries to all subscribers by some servers, each to its share.
class contender {
public:
  contender(server_kind kind, const programs& where, std::size_t processes, std::size_t subscribers) {
    for (std::size_t i = 0; i < processes; ++i)
      servers_.push_back(std::make_unique<unread_server>(kind, where, subscribers / processes));
  }

  /// Publishes `batch` messages at once; keeps the resulting deliveries per second.
  void deliver(std::size_t batch) {
    double deliveries = 0;
    for (const auto& each : servers_) {
      each->encode(batch);
      deliveries += static_cast<double>(each->deliveries());
    }
    const auto start = now_ns();
    for (const auto& each : servers_)
      each->publish();
    for (const auto& each : servers_)
      each->wait();
    per_s_.push_back(deliveries * 1e9 / static_cast<double>(now_ns() - start));
    for (const auto& each : servers_)
      each->drain();
  }

  /// Rates since the last call.
  std::vector<double> take_rates() { return std::exchange(per_s_, {}); }

  double cpu_ns() const {
    double all = 0;
    for (const auto& each : servers_)
      all += static_cast<double>(each->cpu_ns());
    return all;
  }

private:
  std::vector<std::unique_ptr<unread_server>> servers_;
  std::vector<double> per_s_;
};

programs with_lanes(programs where, std::size_t lanes) {
  where.abilityd_args.insert(where.abilityd_args.end(), {"--lanes", std::to_string(lanes)});
  return where;
}

/// Median of the ratios of each of `more` to its counterpart in `one`.
double times(const std::vector<double>& more, const std::vector<double>& one) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < one.size(); ++i)
    ratios.push_back(more[i] / one[i]);
  return median(ratios);
}

}  // namespace

void two_lanes(const bench_settings& settings, report& out) {
  const std::size_t subscribers = settings.quick ? 2'000 : 6'000;
  const std::size_t samples = settings.quick ? 8 : 6 * settings.rounds;
  auto& place =
      out.begin('q', std::to_string(subscribers) + " subscribers, two lanes beside one, nobody reads meanwhile");
  for (const auto kind : {server_kind::abilityd, server_kind::bare})
    if (const auto why = missing(kind, settings.where))
      return out.failure(*why);
  if (std::thread::hardware_concurrency() < 2)
    return out.note("one core: there is nothing to compare");
  // Measure the machine itself first: the bare loop, and two of them that share the subscribers.
  contender all[] = {{server_kind::bare, settings.where, 1, subscribers / 2},
                     {server_kind::bare, settings.where, 2, subscribers / 2},
                     {server_kind::abilityd, with_lanes(settings.where, 1), 1, subscribers},
                     {server_kind::abilityd, with_lanes(settings.where, 2), 1, subscribers}};
  const auto used = [&] {
    auto sum = static_cast<double>(own_cpu_ns());
    for (const auto& each : all)
      sum += each.cpu_ns();
    return sum;
  };
  const auto start = now_ns();
  const auto others_before = machine_cpu_ns() - used();
  table rows{{"deliveries/s", "one", "two", "× one"}};
  std::vector<std::pair<std::string, double>> reached;
  for (const std::size_t batch : {1, 16}) {
    const std::string what = batch == 1 ? "one at a time" : "bursts of 16";
    for (std::size_t i = 0; i < samples; ++i)
      for (auto& each : all)
        each.deliver(batch);
    std::vector<std::vector<double>> rates;
    for (auto& each : all)
      rates.push_back(each.take_rates());
    const auto row = [&](const char* who, std::size_t one) {
      rows.add({who + what, number(median(rates[one]), 0), number(median(rates[one + 1]), 0),
                number(times(rates[one + 1], rates[one]), 2)});
    };
    row("bare processes, ", 0);
    row("abilityd's lanes, ", 2);
    place["rounds"][what] = {{"bare_per_s", rates[0]},
                             {"two_bare_per_s", rates[1]},
                             {"one_lane_per_s", rates[2]},
                             {"two_lanes_per_s", rates[3]}};
    reached.emplace_back(what, times(rates[3], rates[2]));
    if (const auto of_bare = times(rates[1], rates[0]); of_bare < wanted)
      out.note("this machine's second core is worth " + number(of_bare, 2) + " × to two bare processes, " + what);
  }
  rows.print(out.out());
  if (const auto others = (machine_cpu_ns() - used() - others_before) / static_cast<double>(now_ns() - start);
      others > 0.15)
    out.note("other programs kept " + number(others, 1) + " cores busy, which a second lane then does not get");
  for (const auto& [what, ratio] : reached)
    out.limit_from_below('q', "deliveries/s of two lanes, × one lane, " + what, wanted, ratio, 2);
}

}  // namespace ability::load
