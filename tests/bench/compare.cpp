#include "tests/bench/compare.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <iostream>

namespace ability::load {

namespace {

double cpu_of(int who) {
  rusage used{};
  ::getrusage(who, &used);
  const auto ns = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_usec) * 1e3;
  };
  return ns(used.ru_utime) + ns(used.ru_stime);
}

double others_cpu_ns() { return machine_cpu_ns() - cpu_of(RUSAGE_SELF) - cpu_of(RUSAGE_CHILDREN); }

}  // namespace

bool takes_part(const bench_settings& settings, server_kind kind) {
  return std::ranges::find(settings.servers, kind) != settings.servers.end();
}

void show_progress(const std::string& what) {
  if (::isatty(STDERR_FILENO) == 1)
    std::cerr << "  " << what << "          \r" << std::flush;
}

fan_out_round run_alone(server_kind kind, const programs& where, const fan_out_plan& plan) {
  fan_out run{kind, where, plan};
  run.publish(plan.publishes);
  return run.finish();
}

rounds_by_server<fan_out_round> side_by_side(const bench_settings& settings, report& out, const fan_out_plan& plan) {
  static constexpr std::size_t slice = 20;
  rounds_by_server<fan_out_round> all;
  std::map<server_kind, bool> given_up;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    show_progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    std::map<server_kind, fan_out> runs;
    const auto attempt = [&](server_kind kind, auto&& what) {
      if (or_failure(out, what, name_of(kind)))
        return;
      given_up[kind] = true;
      runs.erase(kind);
    };
    for (const auto kind : settings.servers)
      if (!given_up[kind])
        attempt(kind, [&] { runs.emplace(kind, fan_out{kind, settings.where, plan}); });
    for (std::size_t done = 0; done < plan.publishes; done += slice)
      for (const auto kind : settings.servers)
        if (const auto run = runs.find(kind); run != runs.end())
          attempt(kind, [&] { run->second.publish(slice); });
    for (auto& [kind, run] : runs)
      all[kind].push_back(run.finish());
  }
  return all;
}

double cpu_to_bare(const rounds_by_server<fan_out_round>& all, server_kind kind) {
  return ratio(all, kind, server_kind::bare, [](const auto& r) { return r.cpu_us; });
}

nlohmann::ordered_json to_json(const fan_out_round& r) {
  return {{"cpu_us_per_delivery", r.cpu_us},
          {"p50_ms", r.p50_ms},
          {"p99_ms", r.p99_ms},
          {"wire_bytes_per_delivery", r.wire_bytes},
          {"server_cores", r.server_cores},
          {"generator_share", r.generator_share},
          {"others_cores", r.others_cores},
          {"delivered", r.delivered},
          {"lost", r.lost},
          {"stalled_closed", r.stalled_closed},
          {"bare_loop_ms", median(r.bare_loop_ms)}};
}

nlohmann::ordered_json to_json(const idle_round& r) {
  return {{"pss_kib_per_connection", r.pss_kb},
          {"rss_kib_per_connection", r.rss_kb},
          {"idle_cpu_share", r.idle_cpu},
          {"connect_s", r.connect_s},
          {"reached", r.reached}};
}

void warn(report& out, const rounds_by_server<fan_out_round>& all) {
  double others = 0;
  for (const auto& [kind, rounds] : all) {
    others = std::max(others, middle(all, kind, [](const auto& r) { return r.others_cores; }));
    if (const auto share = middle(all, kind, [](const auto& r) { return r.generator_share; }); share > 0.9)
      out.note("the generator used " + number(share * 100, 0) + " % of its core beside " + name_of(kind) +
               ": it was the bottleneck, so that server's times are too long");
  }
  if (others > 0.15)
    out.note("other programs kept " + number(others, 1) + " cores busy: times are too long, ratios are rough");
}

others_watch::others_watch() : ns_{others_cpu_ns()} {}

void others_watch::tell(report& out) const {
  if (const auto cores = (others_cpu_ns() - ns_) / static_cast<double>(now_ns() - start_); cores > 0.15)
    out.note("other programs kept " + number(cores, 1) + " cores busy: times are too long, ratios are rough");
}

void show(const bench_settings& settings, report& out, nlohmann::ordered_json& place,
          const rounds_by_server<fan_out_round>& all) {
  keep(place, all);
  table rows{{"server", "CPU µs/delivery", "× bare", "p50 ms", "p99 ms", "bytes/delivery", "lost", "server cores",
              "generator %"}};
  for (const auto kind : settings.servers) {
    const auto of = [&](auto figure, int decimals) { return number(middle(all, kind, figure), decimals); };
    rows.add({name_of(kind), of([](const auto& r) { return r.cpu_us; }, 2), number(cpu_to_bare(all, kind), 2),
              of([](const auto& r) { return r.p50_ms; }, 2), of([](const auto& r) { return r.p99_ms; }, 2),
              of([](const auto& r) { return r.wire_bytes; }, 0), of([](const auto& r) { return r.lost; }, 0),
              of([](const auto& r) { return r.server_cores; }, 2),
              of([](const auto& r) { return r.generator_share * 100; }, 0)});
  }
  rows.print(out.out());
  warn(out, all);
}

}  // namespace ability::load
