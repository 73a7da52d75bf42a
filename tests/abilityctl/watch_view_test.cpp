// Labels: hardened
#define CAF_SUITE watch_view
#include "apps/abilityctl/watch/watch_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

constexpr std::int64_t then = 1'700'000'000'000;

json snapshot(int i) {
  return {{"at_ms", then + i * 1'000},
          {"interval_s", 1.0},
          {"node", "a"},
          {"connections", 15'000},
          {"streams", 12},
          {"pending_broadcasts", 0},
          {"rates",
           {{"connects", 0},
            {"disconnects", 0},
            {"messages_in", 5},
            {"broadcasts", 100},
            {"deliveries", 1'000 * i},
            {"bytes_in", 512},
            {"bytes_out", 1'048'576}}},
          {"latency", {{"p50_ms", 0.4}, {"p90_ms", 1.1}, {"p99_ms", i == 1 ? json(nullptr) : json(3.2)}}},
          {"cpu_s", 10 + 0.43 * i},
          {"rss_bytes", 85'000'000}};
}

const auto status = json::parse(R"({"node":{"name":"a","uuid":"u","address":"10.0.0.7:7700","version":"0.1.0","pid":12,
  "uptime_s":184},"state":"draining"})");

const auto links = json::parse(R"({"nodes":[{"name":"a","state":"self","since_s":1},
  {"name":"b","state":"lost","since_s":2,"round_trip_ms":0.3,"lost":9}]})");

struct fixture {
  fixture() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    model.add_node("10.0.0.7:7700");
    model.take_status(0, status);
    model.take_nodes(0, links);
    for (int i = 0; i < 3; ++i)
      model.take_snapshot(0, snapshot(i));
    model.take_events(0, json::parse(R"({"node":"a","dropped":3,"at_ms":1700000001000,"events":[
      {"kind":"connected","at_ms":1700000000000,"subject":"sid1","detail":"evil\u001b[2J"}]})"));
  }

  std::vector<std::string> picture(std::size_t columns, std::size_t rows, bool ansi = false, bool cluster = false) {
    return picture_of(model,
                      {.style = {.columns = columns, .ansi = ansi}, .rows = rows, .now_ms = then, .cluster = cluster});
  }

  static bool has(const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  watch_model model;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(watch_view_tests, fixture)

CAF_TEST(one node is drawn with its rates and links and events) {
  const auto lines = picture(100, 24);
  CAF_CHECK_EQUAL(lines[0], "a  10.0.0.7:7700  draining  up 3m 04s  0.1.0 pid 12  22:13:20  q quits");
  CAF_CHECK_EQUAL(lines[1],
                  "connections 15000  streams 12  pending 0  memory 81.1 MiB  cpu 43%  p50 0.40 ms  p90 1.10 ms");
  const std::string room(57, ' ');
  CAF_CHECK(has(lines, "deliveries       2.00k/s  " + room + "▁▅█"));
  CAF_CHECK(has(lines, "bytes out      1.0 MiB/s  " + room + "███"));
  CAF_CHECK(has(lines, "latency p99      3.20 ms  " + room + "█ █"));
  CAF_CHECK(has(lines, "b     lost   2.0 s        -     -         -        -     9     0.30 ms"));
  CAF_CHECK(has(lines, "22:13:20  connected  sid1      evil\\x1b[2J"));
  CAF_CHECK_EQUAL(lines.back(), "22:13:21  dropped    3 events");
}

CAF_TEST(at 60 columns all figures are there and how to leave) {
  const auto lines = picture(60, 24);
  CAF_CHECK_EQUAL(lines[0], "a  10.0.0.7:7700  draining  up 3m 04s  22:13:20  q quits");
  CAF_CHECK_EQUAL(lines[1], "connections 15000  streams 12  pending 0  memory 81.1 MiB");
  CAF_CHECK_EQUAL(lines[2], "cpu 43%  p50 0.40 ms  p90 1.10 ms");
  const auto narrow = picture(40, 24);
  CAF_CHECK_EQUAL(narrow[0], "a  draining  up 3m 04s  q quits");
}

CAF_TEST(a node that is gone is named so until it is there again) {
  model.lose(0, "it ended", then);
  const auto gone = picture(100, 24);
  CAF_CHECK_EQUAL(gone[0], "a  10.0.0.7:7700  gone, dialled again  up 3m 04s  0.1.0 pid 12  22:13:20  q quits");
  model.find_again(0, then);
  const auto back = picture(100, 24);
  CAF_CHECK_EQUAL(back[0], "a  10.0.0.7:7700  draining  up 3m 04s  0.1.0 pid 12  22:13:20  q quits");
  CAF_CHECK_EQUAL(back.back(), "22:13:20  back       a");
}

CAF_TEST(a picture never exceeds the terminal) {
  for (std::size_t columns = 1; columns < 110; columns += 3)
    for (std::size_t rows = 1; rows < 30; rows += 4)
      for (const bool cluster : {false, true}) {
        const auto lines = picture(columns, rows, false, cluster);
        CAF_CHECK(lines.size() <= rows);
        for (const auto& line : lines)
          CAF_CHECK(width_of(line) <= columns);
      }
}

CAF_TEST(colours are there only where they are allowed) {
  const auto holds_escape = [](const auto& lines) {
    return std::any_of(lines.begin(), lines.end(),
                       [](const auto& line) { return line.find('\x1b') != std::string::npos; });
  };
  CAF_CHECK(!holds_escape(picture(100, 24)));
  const auto lines = picture(100, 24, true);
  CAF_CHECK(holds_escape(lines));
  CAF_CHECK(lines[0].find("\x1b[33mdraining\x1b[0m") != std::string::npos);
}

CAF_TEST(a cluster is drawn as sums and a row for each node) {
  model.add_node("b");
  model.take_snapshot(1, snapshot(2));
  auto lines = picture(110, 24, false, true);
  CAF_CHECK_EQUAL(lines[0], "cluster  2 nodes  22:13:20  q quits");
  CAF_CHECK_EQUAL(lines[1], "connections 30000  streams 24  pending 0  memory 162 MiB  cpu 43%");
  // Histories of unequal length end at the same time.
  CAF_CHECK(has(lines, "deliveries       4.00k/s  " + std::string(57, ' ') + "▁▃█"));
  CAF_CHECK(has(lines, "latency p99      3.20 ms  " + std::string(57, ' ') + "█ █"));

  model.lose(1, "b closed the connection", then + 5'000);
  lines = picture(110, 24, false, true);
  CAF_CHECK_EQUAL(lines[0], "cluster  1 node  1 gone  22:13:20  q quits");
  CAF_CHECK_EQUAL(lines[1], "connections 15000  streams 12  pending 0  memory 81.1 MiB  cpu 43%");
  CAF_CHECK_EQUAL(lines.back(), "22:13:25  b  gone       b         b closed the connection");
}

CAF_TEST(a snapshot and an event are a line each) {
  CAF_CHECK_EQUAL(line_of(model.nodes()[0]),
                  "22:13:22 a connections=15000 streams=12 pending=0 in=5/s broadcasts=100/s deliveries=2.00k/s "
                  "out=1.0MiB/s p50=0.40ms p99=3.20ms cpu=43% rss=81.1MiB");
  CAF_CHECK_EQUAL(line_of(model.events().front()), "22:13:20 a connected sid1 evil\\x1b[2J");
}

CAF_TEST(nothing is taken for granted) {
  watch_model fresh;
  fresh.add_node("x");
  fresh.take_snapshot(0, json::parse(R"({"rates":7,"cpu_s":"x","latency":null})"));
  fresh.take_events(0, json::parse(R"({"events":[1,{"kind":2}]})"));
  fresh.take_status(0, json::object());
  fresh.take_nodes(0, json::parse(R"({"nodes":[1,2]})"));
  const auto lines = picture_of(fresh, {.style = {.columns = 80}, .rows = 24, .now_ms = then});
  CAF_CHECK_EQUAL(lines[1], "connections -  streams -  pending -  memory -  cpu -  p50 -  p90 -");
}

CAF_TEST(history and events are bounded) {
  for (int i = 0; i < 1'000; ++i) {
    model.take_snapshot(0, snapshot(i));
    model.take_events(0, json::parse(R"({"events":[{"kind":"connected"}]})"));
  }
  CAF_CHECK_EQUAL(model.history(watch_series::deliveries).size(), watch_history);
  CAF_CHECK(model.events().size() <= 500);
}

CAF_TEST_FIXTURE_SCOPE_END()
