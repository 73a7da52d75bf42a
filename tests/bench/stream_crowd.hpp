// Many small streams on one daemon: their subscribers, and a publisher with a fixed rate.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/servers.hpp"

namespace ability::load {

/// Stream number i has 1 + i % 3 subscribers.
struct stream_plan {
  std::size_t streams = 10'000;
  std::size_t connections = 18'000;  ///< at most; with fewer than subscriptions some clients follow two streams or more
  std::size_t per_second = 10'000;   ///< messages, to the streams in turn, in an order that avoids neighbours
  std::size_t batch = 100;           ///< messages in one POST

  std::size_t subscriptions() const;
};

/// Costs of publishing to many streams.
struct stream_round {
  double cpu_us = 0;  ///< CPU of the server per delivery, in microseconds
  double p50_ms = 0;  ///< from the POST to receipt
  double p99_ms = 0;
  double per_second = 0;       ///< messages published
  double server_cores = 0;     ///< cores that the server kept busy
  double generator_share = 0;  ///< of one core
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
};

/// `abilityd` with subscribers on its streams.
class stream_crowd {
public:
  /// Starts the daemon, connects all clients, and checks that each message reaches exactly the clients that follow its
  /// stream. Throws if it does not.
  stream_crowd(const programs& where, const stream_plan& plan);

  std::size_t connections() const { return clients_.size(); }
  /// Publishes `batches` at the plan's rate, each once the one before has arrived.
  void publish(std::size_t batches);
  stream_round finish();

private:
  std::string name_of_stream(std::size_t number) const;
  /// The stream of the subscription with this number.
  std::size_t stream_of(std::size_t subscription) const;
  std::vector<std::string> streams_of_client(std::size_t client, std::size_t connections) const;
  bool publish_next();

  stream_plan plan_;
  running_server server_;
  ws_clients clients_;
  std::unique_ptr<http_publisher> publisher_;
  std::size_t published_ = 0;
  std::uint64_t expected_ = 0;
  double wall_ns_ = 0;
  double server_ns_ = 0;
  double generator_ns_ = 0;
};

}  // namespace ability::load
