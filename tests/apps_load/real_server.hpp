/// The daemon itself, for load tests in C++.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/load/run/run.hpp"
#include "tests/bench/posix.hpp"
#include "tests/bench/process.hpp"

namespace ability::load {

/// An `abilityd` on a free port. It ends with the object.
class real_server {
public:
  /// Returns once it accepts clients. Throws `std::runtime_error` with its output if it does not.
  explicit real_server(const std::vector<std::string>& options = {"--public"})
      : process_{command(options), folder_.path() / "log"} {
    static constexpr int looks = 1'000;
    for (int i = 0; i < looks && port_ == 0 && process_.alive(); ++i) {
      sleep_ms(10);
      port_ = port_in(said(), "ready port=");
    }
    if (port_ == 0)
      throw std::runtime_error{"abilityd does not start: " + said()};
  }

  std::string said() const {
    std::ifstream file{folder_.path() / "log"};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(port_) + "/cable"; }
  void kill() const { process_.signal(9); }

private:
  static std::vector<std::string> command(const std::vector<std::string>& options) {
    std::vector<std::string> all{ABILITYD, "--port", "0", "--lanes", "1"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }
  static std::uint16_t port_in(const std::string& text, const std::string& before) {
    const auto at = text.find(before);
    return at == std::string::npos ? std::uint16_t{0}
                                   : static_cast<std::uint16_t>(std::stoi(text.substr(at + before.size())));
  }

  temp_dir folder_;
  child_process process_;
  std::uint16_t port_ = 0;
};

}  // namespace ability::load
