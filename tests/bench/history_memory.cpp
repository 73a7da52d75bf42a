// Memory of logs, positions and sessions.
#include <stdexcept>

#include "tests/bench/application.hpp"
#include "tests/bench/compare.hpp"
#include "tests/bench/history_clients.hpp"
#include "tests/bench/history_scenarios.hpp"
#include "tests/bench/scrape.hpp"

namespace ability::load {

namespace {

// The allocator returns freed memory within 3 s.
constexpr std::int64_t settle_ms = 5'000;

/// A daemon with objects in two lots. What the second lot takes is measured: the first one pays for all that is needed
/// once, and leaves what is only needed on the way.
class grown_daemon {
public:
  explicit grown_daemon(const programs& where) : server_{server_kind::abilityd, where} {}

  const running_server& server() const { return server_; }

  /// Bytes per object; `add(first, count)` makes objects.
  template <class Add>
  double bytes_each(std::size_t count, Add&& add) {
    add(0, count);
    sleep_ms(settle_ms);
    const auto before = server_.process().memory().rss;
    add(count, count);
    sleep_ms(settle_ms);
    return static_cast<double>(server_.process().memory().rss - before) / static_cast<double>(count);
  }

private:
  running_server server_;
};

programs with(programs where, std::initializer_list<std::string> options) {
  where.abilityd_args.insert(where.abilityd_args.end(), options);
  return where;
}

/// Names of 20 bytes.
std::vector<std::string> names(std::size_t first, std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = first; i < first + count; ++i) {
    const auto digits = std::to_string(i);
    all.push_back("chat/room/" + std::string(10 - digits.size(), '0') + digits);
  }
  return all;
}

double bytes_of_a_log(const bench_settings& settings, std::size_t count) {
  grown_daemon daemon{with(settings.where, {"--broker=memory", "--history-max-size=4294967296"})};
  return daemon.bytes_each(count, [&](std::size_t first, std::size_t more) {
    publish_to_all(daemon.server(), names(first, more), 0, 100);
    await_metric(daemon.server(), "ability_history_publications_total", static_cast<double>((first + more) * 100));
  });
}

double bytes_of_a_position(const bench_settings& settings, std::size_t count) {
  grown_daemon daemon{with(settings.where, {"--broker=memory", "--history-ttl=2s"})};
  return daemon.bytes_each(count, [&](std::size_t first, std::size_t more) {
    publish_to_all(daemon.server(), names(first, more), 0, 1);
    await_metric(daemon.server(), "ability_history_publications_total", static_cast<double>(first + more));
    await_metric(daemon.server(), "ability_broadcast_streams_num", 0);
  });
}

/// Memory of a session, as measured and as the daemon reckons.
struct session_bytes {
  double measured = 0;
  double reckoned = 0;
};

session_bytes bytes_of_a_session(const bench_settings& settings, std::size_t count) {
  static constexpr std::size_t rooms = 300;
  const application app{settings.where, 0, "auto"};
  grown_daemon daemon{app.asks()};
  const auto& server = daemon.server();
  const auto rooms_of = [all = names(0, rooms)](std::size_t i) {
    return std::vector{all[i % rooms], all[(i + 1) % rooms], all[(i + 2) % rooms]};
  };
  session_bytes out;
  out.measured = daemon.bytes_each(count, [&](std::size_t first, std::size_t more) {
    {
      ws_clients clients{patient_script(server, true, rooms_of)};
      clients.connect(more);
    }
    await_metric(server, "ability_clients_num", 0);
    await_metric(server, "ability_sessions_num", static_cast<double>(first + more));
  });
  out.reckoned = scrape(server.port(), "ability_sessions_bytes") / static_cast<double>(2 * count);
  return out;
}

}  // namespace

void history_memory(const bench_settings& settings, report& out) {
  const std::size_t part = settings.quick ? 4 : 1;
  const std::size_t logs = 2'000 / part;
  const std::size_t positions = 45'000 / part;
  const std::size_t sessions = 8'000 / part;
  auto& place = out.begin('t', "memory of " + std::to_string(logs) + " logs, " + std::to_string(positions) +
                                   " positions and " + std::to_string(sessions) + " sessions");
  if (!has_daemon(settings, out))
    return;
  const auto log = bytes_of_a_log(settings, logs);
  const auto position = bytes_of_a_position(settings, positions);
  const auto session = bytes_of_a_session(settings, sessions);
  place["rounds"].push_back({{"bytes_per_log", log},
                             {"bytes_per_position", position},
                             {"bytes_per_session", session.measured},
                             {"bytes_per_session_reckoned", session.reckoned}});
  table rows{{"", "bytes"}};
  rows.add({"a log of 100 publications of 100 bytes, with its stream", number(log, 0)});
  rows.add({"a position alone, name of 20 bytes", number(position, 0)});
  rows.add({"a kept session with 3 subscriptions", number(session.measured, 0)});
  rows.add({"the same by ability_sessions_bytes", number(session.reckoned, 0)});
  rows.print(out.out());
  out.limit('t', "KB of a log of 100 publications of 100 bytes", 20, log / 1e3, 2);
  out.limit('t', "bytes of a position alone", 200, position, 0);
  out.limit('t', "KB of a kept session with 3 subscriptions", 1.5, session.measured / 1e3, 2);
}

}  // namespace ability::load
