#include "tests/bench/stream_crowd.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::size_t message_bytes = 100;
constexpr int give_up_ms = 5'000;
// No divisor of the number of streams: all streams have their turn, and successive ones are not neighbours in memory.
constexpr std::size_t stride = 7'919;

std::size_t subscribers_of(std::size_t stream) { return 1 + stream % 3; }

}  // namespace

std::size_t stream_plan::subscriptions() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < streams; ++i)
    sum += subscribers_of(i);
  return sum;
}

stream_crowd::stream_crowd(const programs& where, const stream_plan& plan)
    : plan_{plan},
      server_{server_kind::abilityd, where},
      clients_{server_.script([this, connections = std::min(plan.connections, plan.subscriptions())](
                                  std::size_t client) { return streams_of_client(client, connections); })} {
  clients_.connect(std::min(plan.connections, plan.subscriptions()));
  publisher_ =
      std::make_unique<http_publisher>(server_.script().port, "/_broadcast", http_publisher::body::publications);
  clients_.watch(publisher_->fd(), [this] { publisher_->on_readable(); });
  clients_.start_counting(action_cable_payload(message_of(0, message_bytes), name_of_stream(0)).size());
  while (published_ < plan_.streams)
    if (!publish_next())
      throw std::runtime_error{"lost in the warm-up"};
  if (clients_.run_until([this] { return clients_.delivered() > expected_; }, 100))
    throw std::runtime_error{"more deliveries than subscriptions"};
  clients_.start_counting(action_cable_payload(message_of(0, message_bytes), name_of_stream(0)).size());
  expected_ = 0;
}

std::string stream_crowd::name_of_stream(std::size_t number) const {
  char name[16];
  std::snprintf(name, sizeof name, "room%06zu", number % 1'000'000);
  return name;
}

std::size_t stream_crowd::stream_of(std::size_t subscription) const {
  // each three streams have six subscriptions: 0 | 1 1 | 2 2 2
  static constexpr std::size_t third[] = {0, 1, 1, 2, 2, 2};
  return subscription / 6 * 3 + third[subscription % 6];
}

std::vector<std::string> stream_crowd::streams_of_client(std::size_t client, std::size_t connections) const {
  std::vector<std::string> names;
  for (auto each = client; each < plan_.subscriptions(); each += connections)
    names.push_back(name_of_stream(stream_of(each)));
  return names;
}

bool stream_crowd::publish_next() {
  std::vector<http_publisher::publication> batch;
  for (std::size_t i = 0; i < plan_.batch; ++i) {
    const auto stream = published_ * stride % plan_.streams;
    batch.push_back({name_of_stream(stream), message_of(published_++, message_bytes)});
    expected_ += subscribers_of(stream);
  }
  const auto request = publisher_->encode_array(batch);
  clients_.published();
  publisher_->send(request, 1);
  return clients_.run_until([this] { return clients_.delivered() >= expected_ && publisher_->settled(); }, give_up_ms);
}

void stream_crowd::publish(std::size_t batches) {
  const auto server_cpu = server_.process().cpu_ns();
  const auto own_cpu = own_cpu_ns();
  const auto start = now_ns();
  const auto interval =
      static_cast<std::int64_t>(1e9 * static_cast<double>(plan_.batch) / static_cast<double>(plan_.per_second));
  for (std::size_t i = 0; i < batches; ++i) {
    if (!publish_next())
      break;
    const auto next = start + static_cast<std::int64_t>(i + 1) * interval;
    while (now_ns() < next)
      sleep_ms(1);
  }
  wall_ns_ += static_cast<double>(now_ns() - start);
  server_ns_ += static_cast<double>(server_.process().cpu_ns() - server_cpu);
  generator_ns_ += static_cast<double>(own_cpu_ns() - own_cpu);
}

stream_round stream_crowd::finish() {
  stream_round round;
  round.delivered = clients_.delivered();
  round.lost = expected_ - std::min(expected_, round.delivered);
  round.cpu_us = server_ns_ / 1e3 / static_cast<double>(round.delivered);
  round.per_second = static_cast<double>(published_ - plan_.streams) * 1e9 / wall_ns_;
  round.server_cores = server_ns_ / wall_ns_;
  round.generator_share = generator_ns_ / wall_ns_;
  round.p50_ms = percentile(clients_.latencies(), 0.50) / 1e6;
  round.p99_ms = percentile(clients_.latencies(), 0.99) / 1e6;
  return round;
}

}  // namespace ability::load
