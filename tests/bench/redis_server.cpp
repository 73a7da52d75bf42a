#include "tests/bench/redis_server.hpp"

#include <sys/socket.h>

#include <stdexcept>

#include "protocol/redis/redis_words.hpp"
#include "tests/bench/measure.hpp"

namespace ability::load {

namespace {

constexpr std::int64_t start_ns = 10'000'000'000;

}  // namespace

std::optional<std::string> redis_server::missing() {
  if (find_program("redis-server").empty())
    return "no redis-server (apt-get install redis-server)";
  if (find_program("redis-benchmark").empty())
    return "no redis-benchmark (apt-get install redis-tools)";
  return {};
}

redis_server::redis_server()
    : port_{free_port()},
      process_{{find_program("redis-server"), "--port", std::to_string(port_), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", files_.path()},
               files_.path() / "output"} {
  for (const auto deadline = now_ns() + start_ns; !connection_; sleep_ms(20)) {
    if (now_ns() > deadline || !process_.alive())
      throw std::runtime_error{"redis-server did not start"};
    connection_ = try_connect(port_);
  }
  run({"PING"});
}

std::string redis_server::take_line() {
  for (;;) {
    if (const auto end = input_.find("\r\n"); end != std::string::npos) {
      auto line = input_.substr(0, end);
      input_.erase(0, end + 2);
      return line;
    }
    char buffer[16'384];
    const auto n = ::recv(connection_.get(), buffer, sizeof buffer, 0);
    if (n <= 0)
      throw std::runtime_error{"redis-server did not answer"};
    input_.append(buffer, static_cast<std::size_t>(n));
  }
}

std::string redis_server::run(std::initializer_list<std::string_view> words) {
  send_all(connection_.get(), redis_command(words));
  const auto line = take_line();
  if (line.starts_with('+') || line.starts_with(':'))
    return line.substr(1);
  if (!line.starts_with('$') || line == "$-1")
    throw std::runtime_error{"redis-server answered " + line};
  const auto size = std::stoul(line.substr(1));
  std::string text;
  while (text.size() < size + 2)  // a text may have lines, and ends with one
    text += take_line() + "\r\n";
  text.resize(size);
  return text;
}

std::string redis_server::replication_id() {
  static constexpr std::string_view name = "master_replid:";
  const auto facts = run({"INFO", "replication"});
  const auto at = facts.find(name);
  if (at == std::string::npos)
    throw std::runtime_error{"redis-server has no master_replid"};
  return facts.substr(at + name.size(), facts.find('\r', at) - at - name.size());
}

programs with_logs_in(programs where, const redis_server& redis) {
  where.abilityd_args.insert(where.abilityd_args.end(), {"--broker", "redis", "--redis-url", redis.url()});
  return where;
}

void await_log(const running_server& daemon, const std::string& stream) {
  for (const auto deadline = now_ns() + start_ns;; sleep_ms(20)) {
    http_publisher to{daemon.port(), "/_broadcast", http_publisher::body::publications};
    to.send(to.encode_array({{stream, message_of(0, 100)}}), 1);
    try {
      return to.settle();
    } catch (const std::runtime_error&) {
      if (now_ns() > deadline)
        throw;
    }
  }
}

}  // namespace ability::load
