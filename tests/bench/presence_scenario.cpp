// The price of presence, for a crowd that comes and goes.
#include <stdexcept>

#include "tests/bench/compare.hpp"
#include "tests/bench/history_clients.hpp"
#include "tests/bench/history_scenarios.hpp"
#include "tests/bench/scrape.hpp"

namespace ability::load {

namespace {

constexpr const char* stream = "room/42";

/// The key `presence` of a command, with a comma before it.
std::string presence_key(std::size_t member) {
  const auto number = std::to_string(member);
  return R"(,"presence":{"id":"user-)" + number + R"(","info":{"name":"Name of )" + number + R"("}})";
}

bool knows_presence(const programs& where) {
  const running_server server{server_kind::abilityd, where};
  bool knows = false;
  auto script = patient_script(server, false, [](std::size_t) { return std::vector<std::string>{stream}; });
  script.ready = R"("identifier":)";  // of the confirmation, then of the answer
  script.subscribe_each = [](std::size_t) {
    return std::vector{command_about("subscribe", stream), command_about("presence", stream)};
  };
  script.accepted = [&](std::size_t, const std::string& text) {
    knows = text.find(R"("type":"info")") != std::string::npos;
  };
  ws_clients{script}.connect(1);
  return knows;
}

/// Costs of a crowd, per member.
struct crowd_cost {
  double come_us = 0;  ///< CPU of the daemon
  double go_us = 0;
  double events = 0;  ///< that reached members and watchers while the crowd came, about
  double come_s = 0;

  double both() const { return come_us + go_us; }
};

nlohmann::ordered_json to_json(const crowd_cost& cost) {
  return {{"come_cpu_us", cost.come_us}, {"go_cpu_us", cost.go_us}, {"events", cost.events}, {"come_s", cost.come_s}};
}

/// A daemon with some followers that stay, as a crowd comes to their stream and goes.
class crowded_stream {
public:
  crowded_stream(const programs& where, bool is_present)
      : is_present_{is_present},
        server_{server_kind::abilityd, is_present ? with_short_absence(where) : where},
        watchers_{patient_script(server_, false, [](std::size_t) { return std::vector<std::string>{stream}; })} {
    watchers_.connect(watchers);
    watchers_.start_counting(ws_clients::by_frame);
  }

  crowd_cost come_and_go(std::size_t members) {
    crowd_cost cost;
    const auto each = static_cast<double>(members);
    auto before = cpu_us();
    {
      auto crowd = come(members, cost);
      cost.come_us = (cpu_us() - before) / each;
      before = cpu_us();
    }
    await_metric(server_, "ability_clients_num", watchers);
    if (is_present_) {
      await_metric(server_, "ability_presence_members_num", 0);
      if (!watchers_.run_until([&] { return watchers_.delivered() >= 2 * members * watchers; }, give_up_ms))
        throw std::runtime_error{"watchers were told of " + std::to_string(watchers_.delivered()) + " events"};
    }
    cost.go_us = (cpu_us() - before) / each;
    return cost;
  }

private:
  static constexpr std::size_t watchers = 10;
  static constexpr int give_up_ms = 20'000;

  static programs with_short_absence(programs where) {
    where.abilityd_args.push_back("--presence-ttl=1s");
    return where;
  }

  double cpu_us() const { return static_cast<double>(server_.process().cpu_ns()) / 1e3; }

  /// Returns once all have subscribed, and all events of it have arrived.
  std::unique_ptr<ws_clients> come(std::size_t members, crowd_cost& cost) {
    auto script = patient_script(server_, false, [](std::size_t) { return std::vector<std::string>{stream}; });
    if (is_present_)
      script.subscribe_each = [](std::size_t i) {
        return std::vector{command_about("subscribe", stream, presence_key(i))};
      };
    auto crowd = std::make_unique<ws_clients>(script);
    const auto start = now_ns();
    crowd->start_counting(ws_clients::by_frame);
    crowd->connect(members, 1'000);
    if (is_present_) {
      await_metric(server_, "ability_presence_joins_total", static_cast<double>(members));
      // The last event has arrived when nothing more does, and the watchers have all.
      for (auto seen = crowd->delivered(); !is_quiet(*crowd, seen, members); seen = crowd->delivered())
        if (now_ns() - start > give_up_ms * 1'000'000LL)
          throw std::runtime_error{"events of " + std::to_string(members) + " members did not arrive"};
      cost.events = static_cast<double>(crowd->delivered() + watchers_.delivered());
    }
    if (crowd->closed() != 0)
      throw std::runtime_error{std::to_string(crowd->closed()) + " members were cut off"};
    cost.come_s = static_cast<double>(now_ns() - start) / 1e9;
    return crowd;
  }

  bool is_quiet(ws_clients& crowd, std::uint64_t seen, std::size_t members) {
    crowd.run_until([] { return false; }, 50);
    watchers_.run_until([&] { return watchers_.delivered() >= members * watchers; }, 50);
    return crowd.delivered() == seen && watchers_.delivered() >= members * watchers;
  }

  bool is_present_;
  running_server server_;
  ws_clients watchers_;
};

}  // namespace

void presence_storm(const bench_settings& settings, report& out) {
  const std::size_t members = settings.quick ? 1'000 : 5'000;
  auto& place = out.begin('u', number(static_cast<double>(members), 0) + " members of one stream come and go");
  if (!has_daemon(settings, out))
    return;
  if (!knows_presence(settings.where))
    return out.note("left out: the daemon keeps no presence, it answers the command `presence` by an error");
  const others_watch others;
  std::vector<crowd_cost> without, with;
  std::vector<double> ratios;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    without.push_back(crowded_stream{settings.where, false}.come_and_go(members));
    with.push_back(crowded_stream{settings.where, true}.come_and_go(members));
    ratios.push_back(with.back().both() / without.back().both());
    place["rounds"]["subscribe"].push_back(to_json(without.back()));
    place["rounds"]["present"].push_back(to_json(with.back()));
  }
  table rows{{"", "come: CPU µs/client", "go: CPU µs/client", "come: s", "events"}};
  const auto add = [&](const char* what, const std::vector<crowd_cost>& all) {
    const auto of = [&](double crowd_cost::*figure, int decimals) {
      std::vector<double> values;
      for (const auto& each : all)
        values.push_back(each.*figure);
      return number(median(std::move(values)), decimals);
    };
    rows.add({what, of(&crowd_cost::come_us, 1), of(&crowd_cost::go_us, 1), of(&crowd_cost::come_s, 2),
              of(&crowd_cost::events, 0)});
  };
  add("subscribe and leave", without);
  add("and are present meanwhile", with);
  rows.print(out.out());
  others.tell(out);
  out.limit('u', "CPU of members that come and go, × that of subscribers", 3, median(ratios), 2);
}

}  // namespace ability::load
