#include "apps/load/run/run.hpp"

#include <poll.h>

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <random>
#include <utility>

#include "apps/load/run/director.hpp"
#include "apps/load/run/generator_part.hpp"
#include "apps/load/run/run_setup.hpp"
#include "apps/load/run/worker_process.hpp"

namespace ability::load {

namespace {

std::string names_of(const target& where) {
  std::string all;
  const auto add = [&all](const std::string& url) {
    if (!url.empty())
      all += (all.empty() ? "" : ", ") + without_secrets(url);
  };
  for (const auto* urls : {&where.cable, &where.fly, &where.http})
    for (const auto& each : *urls)
      add(each);
  add(where.redis);
  return all;
}

// The processes of a run: forks the others first, because this one has threads afterwards.
class running_parts {
public:
  running_parts(const run_plan& plan, stream_table& streams, run_size size,
                const std::shared_ptr<const reachable_target>& where) {
    for (std::size_t i = 1; i < size.processes; ++i)
      workers_.push_back(std::make_unique<worker_process>([this, &plan, &streams, &where, size, i](int line) {
        workers_.clear();  // earlier forks belong to the parent
        run_part(line, plan, streams, {i, size.processes}, size.lanes, where);
      }));
    here_ = std::make_unique<generator_part>(plan, streams, part_share{0, size.processes}, size.lanes, where);
  }

  void order(std::size_t part, const part_order& what) {
    if (part == 0)
      here_->order(what);
    else
      workers_[part - 1]->order(what);
  }

  // Waits a short time for news. Returns the number of seconds that this process's part has counted.
  std::size_t wait(director& to) {
    static constexpr int patience_ms = 20;
    std::vector<pollfd> all{{here_->news_descriptor(), POLLIN, 0}};
    for (const auto& each : workers_)
      all.push_back({each->descriptor(), POLLIN, 0});
    ::poll(all.data(), all.size(), patience_ms);
    std::size_t seconds = 0;
    for (const auto& news : here_->take_news()) {
      seconds += news.what == part_news::kind::counted ? 1 : 0;
      to.on_news(0, news, monotonic_ns());
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (auto news = workers_[i]->take_news(); !news)
        to.on_lost(i + 1, monotonic_ns());
      else
        for (const auto& each : *news)
          to.on_news(i + 1, each, monotonic_ns());
    }
    return seconds;
  }

private:
  std::vector<std::unique_ptr<worker_process>> workers_;
  std::unique_ptr<generator_part> here_;
};

run_report run_all(const run_plan& plan, stream_table& streams, run_size size,
                   const std::shared_ptr<const reachable_target>& where, const run_options& options) {
  running_parts parts{plan, streams, size, where};
  director directs{plan, size.processes,
                   [&parts](std::size_t part, const part_order& what) { parts.order(part, what); }};
  auto& report = directs.report();
  const auto look = [&options]() -> std::optional<server_sample> {
    return options.look_at_server ? options.look_at_server() : std::nullopt;
  };
  report.target = names_of(options.where);
  report.machine = describe_machine();
  report.began_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  report.server_before = look();

  directs.begin(monotonic_ns());
  while (!directs.is_over()) {
    const auto seconds = parts.wait(directs);
    if (options.stop != nullptr && options.stop->load(std::memory_order_relaxed))
      directs.interrupt(monotonic_ns());
    directs.on_time(monotonic_ns());
    if (seconds == 0 || report.seconds.empty())
      continue;
    report.seconds.back().server = look();
    if (options.on_second)
      options.on_second(report);
  }
  report.server_after = look();
  if (report.server_before && !report.server_after)
    report.notes.emplace_back(
        "The server could not be looked at until the end: what it used is told as far as it was seen. Did it end?");
  judge(report, plan.what);
  return std::move(report);
}

}  // namespace

boost::system::result<run_report, std::string> run(const scenario& what, const run_options& options) {
  constexpr auto error = boost::system::in_place_error;
  try {
    const auto where = reach(options.where);
    if (!where)
      return {error, where.error() + '.'};
    const run_plan plan{what, std::random_device{}()};
    if (const auto missing = missing_target(plan, **where))
      return {error, *missing};
    const auto size = size_of(plan, options);
    if (!size)
      return {error, size.error()};
    stream_table streams{what.streams, what.grace};
    return run_all(plan, streams, *size, *where, options);
  } catch (const std::bad_alloc&) {
    return {error,
            "The run could not begin: there is too little memory; use fewer lanes (--lanes) or processes "
            "(--processes), or raise the limit (ulimit -v)."};
  } catch (const std::exception& fault) {
    return {error, std::string{"The run could not begin: "} + fault.what() + "."};
  }
}

}  // namespace ability::load
