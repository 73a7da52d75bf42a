#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "apps/ctl/load_options.hpp"
#include "apps/ctl/load_report.hpp"
#include "apps/ctl/monitor_probe.hpp"
#include "apps/ctl/subcommands.hpp"
#include "apps/ctl/terminal_text.hpp"
#include "tests/load/harness/report/report_json.hpp"
#include "tests/load/harness/report/report_page.hpp"
#include "tests/load/harness/report/server_probe.hpp"
#include "tests/load/harness/scenario/plan_length.hpp"
#include "tests/load/harness/scenario/scaled.hpp"
#include "tests/load/harness/scenario/scenario_file.hpp"

namespace ability {
namespace {

std::string of_environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

std::atomic<bool> told_to_stop{
    false};  // NOLINT(*-avoid-non-const-global-variables): signal handlers reach nothing else

/// Writes a file whole or not at all. Error: a sentence.
std::optional<std::string> write_file(const std::string& path, const std::string& text) {
  const auto part = path + ".part";
  {
    std::ofstream file{part, std::ios::binary};
    file << text;
    if (!file.flush())
      return "cannot write " + printable(part) + ": " + std::generic_category().message(errno);
  }
  std::error_code error;
  std::filesystem::rename(part, path, error);
  if (error)
    return "cannot write " + printable(path) + ": " + error.message();
  return std::nullopt;
}

/// Whether `path` can be written, before an hour is spent on what shall stand there.
std::optional<std::string> cannot_write(const std::string& path) {
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (::access(folder.c_str(), W_OK) == 0)
    return std::nullopt;
  return "--report " + printable(path) + ": cannot write to its folder: " + std::generic_category().message(errno) +
         ".";
}

class load_run {
public:
  explicit load_run(const load_options& given) : given_{given} {
    if (const auto where = parse_node_address(given.monitor); where && !given.monitor.empty()) {
      auto secret = of_environment("ABILITY_CLUSTER_SECRET");
      if (secret.empty())
        secret = of_environment("ABILITY_MONITOR_SECRET");
      monitor_.emplace(*where, attach_options{.secret = std::move(secret), .tls = given.tls});
    }
  }

  ctl_result run() {
    auto plan = load::load_scenario(given_.scenario);
    if (!plan)
      return wrong_usage(plan.error() + ".");
    if (given_.scale != 1)
      *plan = load::scaled(*plan, given_.scale);
    if (given_.check)
      return {.exit_code = 0, .out = printable(given_.scenario) + " is a scenario.\n", .err = {}};
    const auto done = load::run(*plan, options_for(*plan));
    progress_.reset();
    if (!done)
      return wrong_usage(ended(done.error()));
    return told(*done);
  }

private:
  load::run_options options_for(const load::scenario& plan) {
    load::run_options how{.where = given_.target(),
                          .lanes = given_.lanes,
                          .processes = given_.processes,
                          .look_at_server = {},
                          .on_second = {},
                          .stop = &told_to_stop};
    if (monitor_)
      how.look_at_server = [this] { return monitor_->look(); };
    else if (given_.pid != 0)
      how.look_at_server = load::pid_probe(given_.pid);
    if (!given_.json && !given_.quiet) {
      progress_.emplace(std::cerr, load::planned_seconds(plan));
      how.on_second = [this](const load::run_report& so_far) {
        progress_->show(so_far, text_style::of(STDERR_FILENO));
      };
    }
    std::signal(SIGINT, [](int) { told_to_stop = true; });
    std::signal(SIGTERM, [](int) { told_to_stop = true; });
    return how;
  }

  ctl_result told(const load::run_report& report) const {
    ctl_result result{
        .exit_code = load::exit_code(report.ended),
        .out = given_.json ? load::report_json_text(report) : text_of(report, text_style::of(STDOUT_FILENO)),
        .err = {}};
    if (monitor_ && !monitor_->trouble().empty())
      result.err = "--monitor: " + ended(monitor_->trouble());
    for (const auto& path : given_.reports) {
      const auto text = path.ends_with(".html") ? load::report_page(report) : load::report_json_text(report);
      if (const auto wrong = write_file(path, text)) {
        result.err += (result.err.empty() ? "" : "\nabilityctl: ") + *wrong + ".";
        result.exit_code = result.exit_code == 0 ? 1 : result.exit_code;
      }
    }
    return result;
  }

  const load_options& given_;
  std::optional<monitor_probe> monitor_;
  std::optional<load_progress> progress_;
};

ctl_result load_test(const load_options& given) {
  if (const auto wrong = given.misuse())
    return wrong_usage(*wrong);
  for (const auto& each : given.reports)
    if (const auto wrong = cannot_write(each))
      return wrong_usage(*wrong);
  return load_run{given}.run();
}

}  // namespace

void add_load(CLI::App& app, ctl_result& to) {
  auto* command = app.add_subcommand("load", "Test a server under load, as a scenario says");
  auto given = std::make_shared<load_options>(*command);
  command->footer(R"(Examples:
  abilityctl load tests/load/scenarios/fanout.json --url ws://127.0.0.1:8080/cable --report out.html
  abilityctl load tests/load/scenarios/cluster.json --url ws://127.0.0.1:8081/cable --url ws://127.0.0.1:8082/cable
  abilityctl load tests/load/scenarios/burst.json --scale 0.1 --pid $(pidof abilityd) --json | jq .latency_ms
      Ends with 0 if all assertions held, 1 if one did not, 2 if it cannot be run like that, 3 if the generator was
      the bottleneck, 130 after Ctrl-C; a report is printed in all cases but 2.)");
  command->callback([given, &to] { to = load_test(*given); });
}

}  // namespace ability
