// One subscriber that measures the latency of each message by the time of publication that the message holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/ws_clients.hpp"

namespace ability::load {

/// A message of about 100 bytes that holds the current time.
std::string stamped_message();

class latency_probe {
public:
  /// Connects and follows the stream; throws if it is not accepted within 5 s.
  explicit latency_probe(const client_script& script);

  int fd() const { return socket_.get(); }
  /// Reads available messages, without waiting. Throws if the server closed the connection.
  void on_readable();
  std::size_t received() const { return latencies_ms_.size(); }
  std::vector<float>& latencies_ms() { return latencies_ms_; }

private:
  descriptor socket_;
  frame_reader frames_;
  std::string text_;
  std::vector<float> latencies_ms_;
};

}  // namespace ability::load
