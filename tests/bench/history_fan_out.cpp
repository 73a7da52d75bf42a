// The price of history for those who miss nothing.
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/bench/compare.hpp"
#include "tests/bench/history_clients.hpp"
#include "tests/bench/history_scenarios.hpp"
#include "tests/bench/redis_server.hpp"

namespace ability::load {

namespace {

constexpr std::size_t subscribers = 1'000;
constexpr std::size_t message_bytes = 100;
constexpr int give_up_ms = 5'000;

/// A daemon and its clients.
struct side_plan {
  std::string what;
  std::string broker;
  bool extended;  ///< protocol of the clients
  bool numbered;  ///< their messages have positions
};

/// The last one only if there is Redis.
std::vector<side_plan> sides_here(bool has_redis) {
  std::vector<side_plan> all{
      {"none", "none", false, false},
      {"none again, a daemon of its own", "none", false, false},
      {"auto, clients without positions", "auto", false, false},
      {"memory, all clients with positions", "memory", false, true},
      {"auto, extended clients", "auto", true, true},
  };
  if (has_redis)
    all.push_back({"redis, all clients with positions", "redis", false, true});
  return all;
}

/// The daemon of a side. `redis` is started for the side that needs it.
programs with_broker(programs where, const std::string& broker, std::optional<redis_server>& redis) {
  if (broker == "redis") {
    redis.emplace();
    return with_logs_in(std::move(where), *redis);
  }
  where.abilityd_args.insert(where.abilityd_args.end(), {"--broker", broker});
  return where;
}

/// CPU that deliveries took since the last look.
class delivering_side {
public:
  delivering_side(const programs& where, const side_plan& plan)
      : server_{server_kind::abilityd, with_broker(where, plan.broker, redis_)},
        clients_{patient_script(server_, plan.extended, [](std::size_t) { return std::vector<std::string>{"s"}; })} {
    if (redis_)
      await_log(server_, "s");
    clients_.connect(subscribers);
    clients_.start_counting(ws_clients::by_frame);
    publisher_ = server_.connect_publisher();
    clients_.watch(publisher_->fd(), [this] { publisher_->on_readable(); });
    for (int i = 0; i < 3; ++i)
      publish(encode(1), 1);
    const auto& got = clients_.first_message();
    if (const bool has_position = got.find(R"("offset":)") != std::string::npos; has_position != plan.numbered)
      throw std::runtime_error{plan.what + ": sent " + got.substr(0, 300)};
  }

  std::string encode(std::size_t batch) const {
    return publisher_->encode(std::vector<std::string>(batch, message_of(0, message_bytes)));
  }

  /// Publishes once, and waits until all clients have received it.
  void publish(const std::string& encoded, std::size_t batch) {
    const auto target = clients_.delivered() + batch * subscribers;
    publisher_->send(encoded, batch);
    if (!clients_.run_until([&] { return clients_.delivered() >= target && publisher_->settled(); }, give_up_ms))
      throw std::runtime_error{"deliveries were lost"};
  }

  /// CPU of the daemon per delivery of some publishes, in microseconds.
  double cost_of(std::size_t publishes, std::size_t batch) {
    clients_.latencies().clear();
    const auto encoded = encode(batch);
    const auto cpu = server_.process().cpu_ns();
    for (std::size_t i = 0; i < publishes; ++i)
      publish(encoded, batch);
    return static_cast<double>(server_.process().cpu_ns() - cpu) / 1e3 /
           static_cast<double>(publishes * batch * subscribers);
  }

private:
  std::optional<redis_server> redis_;
  running_server server_;
  ws_clients clients_;
  std::unique_ptr<publisher> publisher_;
};

/// One way to publish, and its costs in all turns of all rounds.
struct way {
  std::string what;
  std::size_t batch;
  std::size_t publishes;                   ///< in a turn
  double most;                             ///< × none
  std::vector<std::vector<double>> costs;  ///< of each side
};

/// Ratios of a side's costs to those of the first side in the same turns.
std::vector<double> ratios_of(const way& by, std::size_t side) {
  std::vector<double> all;
  for (std::size_t i = 0; i < by.costs[side].size(); ++i)
    all.push_back(by.costs[side][i] / by.costs.front()[i]);
  return all;
}

/// The middle of the ratios, and half of the range in which the middles of other runs may be expected.
std::string with_error(const std::vector<double>& ratios) {
  std::vector<float> values{ratios.begin(), ratios.end()};
  const auto quartiles = percentile(values, 0.75) - percentile(values, 0.25);
  return number(median(ratios), 3) + " ± " + number(quartiles / std::sqrt(static_cast<double>(ratios.size())), 3);
}

void measure_round(const programs& where, const std::vector<side_plan>& plans, std::vector<way>& ways,
                   std::size_t turns) {
  std::vector<std::unique_ptr<delivering_side>> sides;
  for (const auto& plan : plans)
    sides.push_back(std::make_unique<delivering_side>(where, plan));
  for (auto& by : ways)
    for (std::size_t turn = 0; turn < turns; ++turn)
      for (std::size_t i = 0; i < sides.size(); ++i) {
        const auto side = (turn + i) % sides.size();  // each side is first, and behind each other one, as often
        by.costs[side].push_back(sides[side]->cost_of(by.publishes, by.batch));
      }
}

}  // namespace

void history_fan_out(const bench_settings& settings, report& out) {
  auto& place = out.begin('r', "1,000 subscribers, 100-byte messages, daemons with and without history in turns");
  if (!has_daemon(settings, out))
    return;
  const std::size_t rounds = settings.quick ? settings.rounds : 2 * settings.rounds;
  const std::size_t turns = settings.quick ? 10 : 20;
  const auto no_redis = redis_server::missing();
  if (no_redis)
    out.note("without redis: " + *no_redis);
  const auto sides = sides_here(!no_redis);
  std::vector<way> ways{{"one at a time", 1, 10, 1.02, {}}, {"bursts of 16", 16, 4, 1.05, {}}};
  for (auto& by : ways)
    by.costs.resize(sides.size());
  const others_watch others;
  for (std::size_t round = 0; round < rounds; ++round) {
    show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(rounds));
    measure_round(settings.where, sides, ways, turns);
  }
  table rows{{"--broker", "one at a time: CPU µs/delivery", "× none", "bursts of 16: CPU µs/delivery", "× none"}};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    std::vector<std::string> row{sides[i].what};
    for (const auto& by : ways) {
      row.push_back(number(median(by.costs[i]), 3));
      row.push_back(with_error(ratios_of(by, i)));
      place["rounds"][by.what][sides[i].what] = by.costs[i];
    }
    rows.add(std::move(row));
  }
  rows.print(out.out());
  others.tell(out);
  for (const auto& by : ways) {
    for (const std::size_t with : {3, 4})
      out.limit('r', "CPU per delivery, × none, " + by.what + ": " + sides[with].what, by.most,
                median(ratios_of(by, with)), 3);
    out.limit('r',
              "the same for a stream that keeps no log, beside none again (" + number(median(ratios_of(by, 1)), 3) +
                  "), " + by.what,
              1.01, median(ratios_of(by, 2)), 3);
  }
}

}  // namespace ability::load
