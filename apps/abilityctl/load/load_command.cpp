#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "apps/abilityctl/cli/subcommands.hpp"
#include "apps/abilityctl/load/load_options.hpp"
#include "apps/abilityctl/load/load_report.hpp"
#include "apps/abilityctl/load/monitor_probe.hpp"
#include "apps/abilityctl/monitor/monitor_options.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "apps/load/report/report_file.hpp"
#include "apps/load/report/report_json.hpp"
#include "apps/load/report/report_page.hpp"
#include "apps/load/report/server_probe.hpp"
#include "apps/load/scenario/plan_length.hpp"
#include "apps/load/scenario/scaled.hpp"
#include "apps/load/scenario/scenario_file.hpp"

namespace ability {
namespace {

std::atomic<bool> told_to_stop{
    false};  // NOLINT(*-avoid-non-const-global-variables): signal handlers reach nothing else

/// Reason why the report cannot be written, found before a long run; empty if there is none.
std::optional<std::string> fault_of_report(const std::string& path, const std::string& scenario) {
  std::error_code none;
  if (std::filesystem::equivalent(path, scenario, none))
    return "--report " + printable(path) + ": it would take the place of the scenario.";
  if (const auto why = load::fault_of_file(path))
    return "--report " + printable(path) + ": it cannot be written: " + *why + ".";
  return std::nullopt;
}

class load_run {
public:
  explicit load_run(const load_options& given) : given_{given} {
    if (const auto where = parse_node_address(given.monitor); where && !given.monitor.empty()) {
      attach_options how;
      how.secrets = login_secrets({});
      how.tls = given.tls;
      how.has_options = false;
      monitor_.emplace(*where, how);
      trial_.emplace(*where, std::move(how));
    }
  }

  ctl_result run() {
    auto plan = load::load_scenario(given_.scenario);
    if (!plan)
      return wrong_usage(printable(plan.error()) + ".");
    if (given_.scale != 1)
      *plan = load::scaled(*plan, given_.scale);
    if (given_.check)
      return checked(*plan);
    if (const auto wrong = unseen_server())
      return wrong_usage(*wrong);
    const auto done = load::run(*plan, options_for(*plan));
    progress_.reset();
    if (!done)
      return wrong_usage(done.error());
    return told(*done);
  }

private:
  /// Reason why the tested server cannot be observed; empty if there is none.
  std::optional<std::string> unseen_server() {
    if (given_.pid && !load::pid_probe(*given_.pid)())
      return "--pid " + std::to_string(*given_.pid) + ": there is no such process.";
    if (!trial_)
      return std::nullopt;
    static_cast<void>(trial_->look());
    const auto wrong = trial_->trouble();
    trial_.reset();  // ends its threads: processes are forked later
    return wrong.empty() ? std::nullopt : std::optional{"--monitor: " + ended(wrong)};
  }

  ctl_result checked(const load::scenario& plan) const {
    ctl_result result{.exit_code = 0, .out = printable(given_.scenario) + " is a scenario.\n", .err = {}};
    if (const auto why = load::why_endless(plan))
      result.out += printable(*why) + '\n';
    return result;
  }

  load::run_options options_for(const load::scenario& plan) {
    load::run_options how{.where = given_.target(),
                          .lanes = given_.lanes,
                          .processes = given_.processes,
                          .look_at_server = {},
                          .on_second = {},
                          .stop = &told_to_stop};
    if (monitor_)
      how.look_at_server = [this] { return monitor_->look(); };
    else if (given_.pid)
      how.look_at_server = load::pid_probe(*given_.pid);
    if (!given_.json && !given_.quiet) {
      progress_.emplace(std::cerr, load::planned_seconds(plan));
      how.on_second = [this](const load::run_report& so_far) {
        progress_->show(so_far, text_style::of(STDERR_FILENO), trouble_of(so_far));
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
      if (const auto wrong = load::write_file(path, text)) {
        result.err +=
            (result.err.empty() ? "" : "\nabilityctl: ") + ("cannot write " + printable(path)) + ": " + *wrong + ".";
        result.exit_code = result.exit_code == 0 ? 1 : result.exit_code;
      }
    }
    return result;
  }

  const load_options& given_;
  std::optional<monitor_probe> monitor_;
  std::optional<monitor_probe> trial_;  // attached before the run to test the address
  std::optional<load_progress> progress_;
};

ctl_result load_test(const load_options& given) {
  if (const auto wrong = given.misuse())
    return wrong_usage(*wrong);
  for (const auto& each : given.reports)
    if (const auto wrong = fault_of_report(each, given.scenario))
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
      the bottleneck, 130 after Ctrl-C; a report is printed in all cases but 2. A scenario that asserts nothing must
      lose and refuse nothing, and none of its clients may fail.)");
  command->callback([given, &to] { to = load_test(*given); });
}

}  // namespace ability
