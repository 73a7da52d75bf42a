// One subscriber that tells how long each message was on its way: it reads when it was published in the message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/ws_clients.hpp"

namespace ability::load {

/// A message of about 100 bytes that says that it was published now.
std::string stamped_message();

class latency_probe {
public:
  /// Connects and follows the stream; throws if it is not let in within 5 s.
  explicit latency_probe(const client_script& script);

  int fd() const { return socket_.get(); }
  /// Takes what has come, without waiting. Throws if the server closed the connection.
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
