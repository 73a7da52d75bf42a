// The entry point: arguments in, text and exit code out.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/cli/subcommands.hpp"
#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {
namespace {

constexpr int failure = 1;

/// The help page of the named subcommand, or of the program.
std::string help_of(const CLI::App& app) {
  std::string path = app.get_name();
  const auto* named = &app;
  while (!named->get_subcommands().empty()) {
    if (named != &app)
      path.append(" ").append(named->get_name());
    named = named->get_subcommands().front();
  }
  return named == &app ? app.help() : named->help(path);
}

std::string help_command(const CLI::App& app) {
  std::string command = "abilityctl ";
  for (auto named = app.get_subcommands(); !named.empty(); named = named.front()->get_subcommands())
    command += named.front()->get_name() + ' ';
  return command + "--help";
}

/// Converts `help watch` to `watch --help`.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> given{argv + std::min(argc, 1), argv + argc};
  if (!given.empty() && given.front() == "help") {
    given.erase(given.begin());
    given.emplace_back("--help");
  }
  return given;
}

ctl_result run(int argc, char** argv) {
  ctl_result result;
  CLI::App app{
      "abilityctl looks into running nodes of abilityd and steers them, publishes, makes what clients need to be let "
      "in, tries FlyRPC servers, and tests servers under load.",
      "abilityctl"};
  app.set_help_flag("-h,--help", "Print this page and end");
  app.set_version_flag("-v,--version", "abilityctl " ABILITY_VERSION, "Print the version and end");
  app.require_subcommand(1);
  app.footer(R"(Examples:
  abilityctl status --node 127.0.0.1:7700
  abilityctl watch
  abilityctl publish news '{"text":"hello"}'
  ABILITY_SECRET=... abilityctl key broadcast
  ABILITY_JWT_SECRET=... abilityctl token '{"user_id":1}'
  ABILITY_STREAMS_SECRET=... abilityctl sign-stream chat/1
  abilityctl fly subscribe tcp://127.0.0.1:5555 chat
  abilityctl load tests/load/scenarios/fanout.json)");
  add_status(app, result);
  add_connection_lists(app, result);
  add_lists(app, result);
  add_history(app, result);
  add_presence(app, result);
  add_watch(app, result);
  add_orders(app, result);
  add_publish(app, result);
  add_key(app, result);
  add_token(app, result);
  add_sign_stream(app, result);
  add_fly(app, result);
  add_load(app, result);
  try {
    auto given = arguments_of(argc, argv);
    std::ranges::reverse(given);  // the order that CLI11 expects
    app.parse(std::move(given));
  } catch (const CLI::CallForHelp&) {
    if (const auto unknown = unknown_subcommand(app); !unknown.empty())
      return wrong_usage(unknown + "; " + help_command(app) + " explains more.");
    return {.exit_code = 0, .out = help_of(app), .err = {}};
  } catch (const CLI::CallForVersion&) {
    return {.exit_code = 0, .out = app.version() + "\n", .err = {}};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(reason_of(app, error) + "; " + help_command(app) + " explains more.");
  }
  return result;
}

}  // namespace

}  // namespace ability

int main(int argc, char** argv) {
  ability::ctl_result result;
  try {
    result = ability::run(argc, argv);
  } catch (const std::exception& error) {
    result = {.exit_code = ability::failure, .out = {}, .err = std::string{error.what()} + "."};
  }
  std::cout << result.out << std::flush;
  if (!std::cout && result.err.empty())
    result.err = "the output could not be written.";
  if (!result.err.empty())
    std::cerr << "abilityctl: " << result.err << '\n';
  const int exit_code = std::cout ? result.exit_code : ability::failure;
  if (ability::threads_hang())
    std::_Exit(exit_code);
  return exit_code;
}
