#include "tests/bench/scrape.hpp"

#include <sys/socket.h>

#include <sstream>

#include "tests/bench/posix.hpp"

namespace ability::load {

namespace {

std::string get(std::uint16_t port, const std::string& path) {
  const auto connection = try_connect(port);
  if (!connection)
    return {};
  send_all(connection.get(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::string answer;
  char buffer[16'384];
  for (;;) {
    const auto n = ::recv(connection.get(), buffer, sizeof buffer, 0);
    if (n <= 0)
      return answer;
    answer.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

double scrape(std::uint16_t port, const std::string& metric) {
  std::istringstream lines{get(port, "/metrics")};
  double sum = -1;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(metric + ' ') || line.starts_with(metric + '{'))
      sum = (sum < 0 ? 0 : sum) + std::stod(line.substr(line.rfind(' ')));
  return sum;
}

}  // namespace ability::load
