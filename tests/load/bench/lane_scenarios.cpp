#include "tests/load/bench/lane_scenarios.hpp"

#include <memory>
#include <thread>

#include "tests/load/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::size_t message_bytes = 100;
constexpr int give_up_ms = 10'000;

/// A daemon with so many lanes whose clients do not read while it delivers: the kernel keeps what they get, so the
/// daemon has all cores for itself.
class laned_daemon {
public:
  laned_daemon(programs where, std::size_t lanes, std::size_t subscribers)
      : server_{server_kind::abilityd, with_lanes(std::move(where), lanes)}, clients_{server_.script()} {
    clients_.connect(subscribers);
    clients_.start_counting(server_.payload_of(message_of(0, message_bytes)).size());
    publisher_ = server_.connect_publisher();
    clients_.watch(publisher_->fd(), [this] { publisher_->on_readable(); });
    deliver(1);
  }

  /// Publishes `batch` messages at once; returns how many deliveries a second that made. Throws when any is lost.
  double deliver(std::size_t batch) {
    const std::vector<std::string> messages(batch, message_of(0, message_bytes));
    const auto encoded = publisher_->encode(messages);
    const auto each = batch * server_frame(server_.payload_of(messages.front())).size();
    const auto target = clients_.delivered() + batch * clients_.size();
    const auto start = now_ns();
    publisher_->send(encoded, batch);
    const bool there = clients_.wait_unread(each, give_up_ms);
    const auto took = static_cast<double>(now_ns() - start);
    if (!there ||
        !clients_.run_until([&] { return clients_.delivered() >= target && publisher_->settled(); }, give_up_ms))
      throw std::runtime_error{"deliveries were lost"};
    return static_cast<double>(batch * clients_.size()) * 1e9 / took;
  }

private:
  static programs with_lanes(programs where, std::size_t lanes) {
    where.abilityd_args.insert(where.abilityd_args.end(), {"--lanes", std::to_string(lanes)});
    return where;
  }

  running_server server_;
  ws_clients clients_;
  std::unique_ptr<publisher> publisher_;
};

}  // namespace

void two_lanes(const bench_settings& settings, report& out) {
  const std::size_t subscribers = settings.quick ? 2'000 : 8'000;
  const std::size_t samples = settings.quick ? 8 : 6 * settings.rounds;
  auto& place =
      out.begin('q', std::to_string(subscribers) + " subscribers, two lanes beside one, nobody reads meanwhile");
  if (const auto why = missing(server_kind::abilityd, settings.where))
    return out.failure(*why);
  if (std::thread::hardware_concurrency() < 2)
    return out.note("one core: there is nothing to compare");
  laned_daemon one{settings.where, 1, subscribers};
  laned_daemon two{settings.where, 2, subscribers};
  table rows{{"", "one lane: deliveries/s", "two lanes: deliveries/s", "× one lane"}};
  std::vector<std::pair<std::string, double>> reached;
  for (const std::size_t batch : {1, 16}) {
    const std::string what = batch == 1 ? "one at a time" : "bursts of 16";
    std::vector<double> with_one, with_two, ratios;
    for (std::size_t i = 0; i < samples; ++i) {
      with_one.push_back(one.deliver(batch));
      with_two.push_back(two.deliver(batch));
      ratios.push_back(with_two.back() / with_one.back());
      place["rounds"][what].push_back({{"one_lane_per_s", with_one.back()}, {"two_lanes_per_s", with_two.back()}});
    }
    rows.add({what, number(median(with_one), 0), number(median(with_two), 0), number(median(ratios), 2)});
    reached.emplace_back(what, median(ratios));
  }
  rows.print(out.out());
  for (const auto& [what, times] : reached)
    out.limit_from_below('q', "deliveries/s of two lanes, × one lane, " + what, 1.6, times, 2);
}

}  // namespace ability::load
