// The daemon with its logs in Redis, beside `redis-benchmark` that runs the same script there.
#include <poll.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <thread>

#include "protocol/redis_log/log_commands.hpp"
#include "protocol/redis_log/log_scripts.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"
#include "tests/bench/compare.hpp"
#include "tests/bench/history_clients.hpp"
#include "tests/bench/history_scenarios.hpp"
#include "tests/bench/redis_benchmark.hpp"
#include "tests/bench/redis_server.hpp"

namespace ability::load {

namespace {

constexpr std::size_t logged_streams = 8;
constexpr std::size_t logged_bytes = 100;
constexpr std::size_t log_limit = 100;  // publications
constexpr std::chrono::seconds log_ttl{300};
constexpr std::chrono::seconds log_position_ttl{86'400};

std::string name_of_stream(std::size_t number) { return "room/" + std::to_string(number); }

/// One way to publish: `connections` for each stream, on each of which `batch` publications are under way.
struct logging_way {
  std::string what;
  std::size_t batch;
  std::size_t connections;
  std::size_t each;  ///< publications to each stream in a turn
};

/// Costs of one turn.
struct logging_turn {
  double rate = 0;          ///< publications per second
  double redis_us = 0;      ///< CPU of Redis for each
  double redis_cores = 0;   ///< that Redis kept busy
  double daemon_us = 0;     ///< CPU of the daemon for each; 0: there is none in it
  double generator_us = 0;  ///< CPU of the bench for each
};

/// Publishers of all streams, each of which has one POST under way at a time.
class log_publishers {
public:
  log_publishers(std::uint16_t port, const logging_way& by) {
    for (std::size_t i = 0; i < logged_streams * by.connections; ++i) {
      auto to = std::make_unique<http_publisher>(port, "/_broadcast", http_publisher::body::publications);
      const http_publisher::publication one{name_of_stream(i % logged_streams), message_of(0, logged_bytes)};
      posts_.push_back(by.batch == 1 ? to->encode_one(one) : to->encode_array(std::vector(by.batch, one)));
      sockets_.push_back({to->fd(), POLLIN, 0});
      publishers_.push_back(std::move(to));
    }
  }

  /// Has each publisher post `count` times; the next one leaves once the one before is answered.
  void post(std::size_t count) {
    std::vector<std::size_t> left(publishers_.size(), count);
    auto unfinished = publishers_.size();
    for (std::size_t i = 0; i < publishers_.size(); ++i)
      publishers_[i]->send(posts_[i], 1);
    while (unfinished > 0) {
      throw_if_interrupted();
      if (::poll(sockets_.data(), sockets_.size(), 10'000) == 0)
        throw std::runtime_error{"a publication was not answered within 10 s"};
      for (std::size_t i = 0; i < publishers_.size(); ++i) {
        if (sockets_[i].revents == 0)
          continue;
        publishers_[i]->on_readable();
        if (!publishers_[i]->settled())
          continue;
        if (--left[i] > 0)
          publishers_[i]->send(posts_[i], 1);
        else
          --unfinished;
      }
    }
  }

private:
  std::vector<std::unique_ptr<http_publisher>> publishers_;
  std::vector<std::string> posts_;
  std::vector<pollfd> sockets_;
};

/// A Redis server, a daemon that keeps its logs there, and `redis-benchmark` that writes to the same logs.
class logging_pair {
public:
  explicit logging_pair(const programs& where) : daemon_{server_kind::abilityd, with_settings(where, redis_)} {
    for (std::size_t i = 0; i < logged_streams; ++i)
      await_log(daemon_, name_of_stream(i));
    if (redis_.run({"SCRIPT", "LOAD", append_script().text}) != append_script().digest)
      throw std::runtime_error{"Redis has another digest of the script"};
  }

  logging_turn by_daemon(const logging_way& by) {
    log_publishers publishers{daemon_.port(), by};
    const auto posts = by.each / by.connections / by.batch;
    return checked(by, [&] {
      const auto daemon = daemon_.process().cpu_ns();
      const auto own = own_cpu_ns();
      const auto start = now_ns();
      publishers.post(posts);
      logging_turn turn;
      turn.rate = static_cast<double>(by.each * logged_streams) / (static_cast<double>(now_ns() - start) / 1e9);
      turn.daemon_us = per_publication(by, daemon_.process().cpu_ns() - daemon);
      turn.generator_us = per_publication(by, own_cpu_ns() - own);
      return turn;
    });
  }

  /// One process for each stream, as all random numbers in a command differ. Their time is that of the slowest, by its
  /// own account: it does not include the start.
  logging_turn by_benchmark(const logging_way& by) {
    const temp_dir files;
    return checked(by, [&] {
      std::vector<child_process> all;
      for (std::size_t i = 0; i < logged_streams; ++i)
        all.emplace_back(benchmark_command(by, name_of_stream(i)), files.path() / std::to_string(i));
      while (std::ranges::any_of(all, [](const auto& each) { return each.alive(); }))
        sleep_ms(5);
      logging_turn turn;
      for (std::size_t i = 0; i < logged_streams; ++i) {
        std::ifstream file{files.path() / std::to_string(i)};
        const std::string output{std::istreambuf_iterator<char>{file}, {}};
        const auto rate = requests_per_second(output);
        if (!rate)
          throw std::runtime_error{"redis-benchmark failed: " + output.substr(0, 300)};
        turn.rate = i == 0 ? *rate : std::min(turn.rate, *rate);
      }
      turn.rate *= logged_streams;
      return turn;
    });
  }

private:
  static programs with_settings(const programs& where, const redis_server& redis) {
    auto all = with_logs_in(where, redis);
    all.abilityd_args.insert(
        all.abilityd_args.end(),
        {"--lanes", "1", "--history-limit", std::to_string(log_limit), "--history-ttl", std::to_string(log_ttl.count()),
         "--history-position-ttl", std::to_string(log_position_ttl.count())});
    return all;
  }

  static double per_publication(const logging_way& by, std::int64_t ns) {
    return static_cast<double>(ns) / 1e3 / static_cast<double>(by.each * logged_streams);
  }

  /// The command is made by the functions of the daemon: the same as it sends for a stream without followers.
  std::vector<std::string> benchmark_command(const logging_way& by, const std::string& stream) {
    broadcast what;
    what.data = message_of(0, logged_bytes);
    what.data_is_json = true;
    const auto writer = redis_.replication_id();
    const auto command = append_command(
        {"ability", stream}, {.writer = writer, .fresh_epoch = 1}, {.ttl = log_ttl, .position_ttl = log_position_ttl},
        {.packed = pack_broadcast(what), .mark = "0123456789abcdef:__rand_int__", .limit = log_limit});
    std::vector<std::string> words{find_program("redis-benchmark"),
                                   "-h",
                                   "127.0.0.1",
                                   "-p",
                                   std::to_string(redis_.port()),
                                   "-c",
                                   std::to_string(by.connections),
                                   "-P",
                                   std::to_string(by.batch),
                                   "-n",
                                   std::to_string(by.each),
                                   "-r",
                                   "1000000000",
                                   "--csv"};
    std::ranges::move(words_of_command(command), std::back_inserter(words));
    return words;
  }

  /// Has `run` publish, and adds the costs of Redis. Throws if a log has not got as many publications.
  template <class Run>
  logging_turn checked(const logging_way& by, Run&& run) {
    const auto offsets = offsets_of_logs();
    const auto cpu = redis_.process().cpu_ns();
    auto turn = run();
    turn.redis_us = per_publication(by, redis_.process().cpu_ns() - cpu);
    turn.redis_cores = turn.redis_us * turn.rate / 1e6;
    const auto now = offsets_of_logs();
    for (std::size_t i = 0; i < logged_streams; ++i)
      if (now[i] != offsets[i] + by.each)
        throw std::runtime_error{"a log got " + std::to_string(now[i] - offsets[i]) + " publications instead of " +
                                 std::to_string(by.each)};
    return turn;
  }

  std::vector<std::uint64_t> offsets_of_logs() {
    std::vector<std::uint64_t> all;
    for (std::size_t i = 0; i < logged_streams; ++i)
      all.push_back(std::stoull(redis_.run({"HGET", log_keys{"ability", name_of_stream(i)}.head, "o"})));
    return all;
  }

  redis_server redis_;
  running_server daemon_;
};

/// All turns of one way.
struct logging_costs {
  std::vector<logging_turn> daemon;
  std::vector<logging_turn> benchmark;
};

std::string middle_of_turns(const std::vector<logging_turn>& all, double logging_turn::*figure, int decimals) {
  std::vector<double> values;
  for (const auto& each : all)
    values.push_back(each.*figure);
  return number(median(std::move(values)), decimals);
}

double middle_ratio(const logging_costs& of) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < of.daemon.size(); ++i)
    ratios.push_back(of.daemon[i].rate / of.benchmark[i].rate);
  return median(std::move(ratios));
}

nlohmann::ordered_json to_json(const logging_turn& t) {
  return {{"publications_per_s", t.rate},
          {"redis_cpu_us", t.redis_us},
          {"redis_cores", t.redis_cores},
          {"daemon_cpu_us", t.daemon_us},
          {"generator_cpu_us", t.generator_us}};
}

void show_logging(report& out, nlohmann::ordered_json& place, const std::vector<logging_way>& ways,
                  const std::vector<logging_costs>& costs) {
  table rows{{"", "publications/s", "× redis-benchmark", "CPU µs each: abilityd", "Redis", "bench", "Redis cores"}};
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const auto add = [&](const std::string& what, const std::vector<logging_turn>& all, const std::string& ratio,
                         bool has_others) {
      const auto of = [&](double logging_turn::*figure, int decimals) {
        return middle_of_turns(all, figure, decimals);
      };
      rows.add({what, of(&logging_turn::rate, 0), ratio, has_others ? of(&logging_turn::daemon_us, 2) : "-",
                of(&logging_turn::redis_us, 2), has_others ? of(&logging_turn::generator_us, 2) : "-",
                of(&logging_turn::redis_cores, 2)});
      for (const auto& each : all)
        place["rounds"][what].push_back(to_json(each));
    };
    const auto pipelining =
        std::to_string(ways[i].connections * logged_streams) + " × " + std::to_string(ways[i].batch);
    add("redis-benchmark, " + pipelining + " under way", costs[i].benchmark, "1", false);
    add("abilityd, " + pipelining + ", " + ways[i].what, costs[i].daemon, number(middle_ratio(costs[i]), 2), true);
  }
  rows.print(out.out());
}

}  // namespace

void redis_publications(const bench_settings& settings, report& out) {
  auto& place =
      out.begin('v', "publications of 100 bytes into " + std::to_string(logged_streams) +
                         " logs in one Redis, by abilityd (one lane) and by redis-benchmark with the same script");
  if (!has_daemon(settings, out))
    return;
  if (const auto why = redis_server::missing())
    return out.note("left out: " + *why);
  const std::size_t each = settings.quick ? 2'048 : 4'096;
  const std::size_t turns = settings.quick ? 5 : 10;
  const std::vector<logging_way> ways{{"an array of 64 in each POST", 64, 1, each}, {"one in each POST", 1, 8, each}};
  std::vector<logging_costs> costs(ways.size());
  const others_watch others;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    logging_pair pair{settings.where};
    for (std::size_t turn = 0; turn < turns; ++turn)
      for (std::size_t i = 0; i < ways.size(); ++i) {
        if (turn % 2 == 0)
          costs[i].benchmark.push_back(pair.by_benchmark(ways[i]));
        costs[i].daemon.push_back(pair.by_daemon(ways[i]));
        if (turn % 2 == 1)
          costs[i].benchmark.push_back(pair.by_benchmark(ways[i]));
      }
  }
  show_logging(out, place, ways, costs);
  others.tell(out);
  if (std::thread::hardware_concurrency() < 3)
    out.out() << "  Redis has one core; the other one is redis-benchmark's, or that of abilityd and the bench\n";
  out.limit_from_below('v', "publications/s through one Redis, × redis-benchmark, " + ways.front().what, 0.8,
                       middle_ratio(costs.front()), 2);
}

}  // namespace ability::load
