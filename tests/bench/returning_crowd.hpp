// Clients that were away and come back to a daemon that kept what they missed.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/application.hpp"
#include "tests/bench/history_clients.hpp"

namespace ability::load {

/// The way in which a client comes back.
enum class comeback {
  base,          ///< subscribes by the base protocol, which knows no history
  plain,         ///< subscribes by the extended protocol and asks for nothing
  with_history,  ///< subscribes and asks for what it missed
  restored       ///< has its session back, and asks for what it missed
};

struct return_plan {
  std::size_t clients = 5'000;
  std::size_t missed = 20;
  bool own_streams = false;  ///< a stream for each client, or one for all
};

/// Cost of some clients that came back.
struct return_cost {
  double cpu_us = 0;   ///< of the daemon, per client
  double wall_ms = 0;  ///< of all of them
};

/// A daemon whose clients have gone, and what they know.
class returning_crowd {
public:
  /// Clients connect and follow, get a message each, and are cut off; then messages are published that they miss. The
  /// daemon of restored sessions has an application that let the clients in.
  returning_crowd(const programs& where, comeback how, const return_plan& plan);

  /// The next clients come back, all at once or `at_once` at a time. Throws unless each is told exactly what it missed.
  return_cost come_back(std::size_t count, std::size_t at_once);

  /// Calls by which the daemon sends to a client that comes back. Some more clients do, one after the other.
  double sends_per_client(std::size_t count);

  /// Calls to the application since the clients were cut off.
  double application_calls() const;

private:
  std::string stream_of(std::size_t client) const;
  programs asks_application(const programs& where);
  void learn();
  client_script returning_script();
  void check(std::size_t client, const std::string& text);
  double calls_now() const;

  comeback how_;
  return_plan plan_;
  std::optional<application> application_;
  running_server server_;
  std::vector<std::string> sids_;
  std::vector<known_position> known_;  // of each stream
  double calls_before_ = 0;
  std::string fault_;  // of the first client that was told something wrong
  std::unique_ptr<ws_clients> back_;
};

}  // namespace ability::load
