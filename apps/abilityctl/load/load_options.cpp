#include "apps/abilityctl/load/load_options.hpp"

#include <cstdlib>
#include <limits>
#include <utility>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {
namespace {

constexpr double most_scale = 1'000;
constexpr std::int64_t most_lanes = 256;

std::string of_environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

bool ends_with_one_of(const std::string& path) { return path.ends_with(".html") || path.ends_with(".json"); }

}  // namespace

load_options::load_options(CLI::App& command) {
  tls.options = "--monitor-";
  command.add_option("SCENARIO", scenario, "A file that says what to do; see tests/load/README.md")
      ->type_name("FILE")
      ->required();
  add_target(command);
  add_generator(command);
  add_output(command);
}

void load_options::add_target(CLI::App& command) {
  command
      .add_option("--url", where.cable,
                  "Where clients connect by WebSocket; given again, clients spread over all (default "
                  "ws://127.0.0.1:8080/cable)")
      ->type_name("URL")
      ->group("Server");
  command.add_option("--fly-url", where.fly, "Where FlyRPC clients connect: tcp://, tls:// or udp://host:port")
      ->type_name("URL")
      ->group("Server");
  command
      .add_option("--publish-url", where.http,
                  "Where to POST publications (default: /_broadcast beside the first --url)")
      ->type_name("URL")
      ->group("Server");
  command.add_option("--redis-url", where.redis, "Redis that the server listens to: redis://host:port")
      ->type_name("URL")
      ->envname("ABILITY_REDIS_URL")
      ->group("Server");
  command.add_option("--redis-channel", where.redis_channel, "The channel there")
      ->type_name("NAME")
      ->capture_default_str()
      ->group("Server");
  command
      .add_option("--broadcast-key", where.broadcast_key,
                  "Key of those who publish by HTTP; better set ABILITY_BROADCAST_KEY, as others see arguments")
      ->type_name("TEXT")
      ->group("Server");
  command
      .add_option("--token", where.token,
                  "Token of all clients (`abilityctl token`); better set ABILITY_TOKEN, as others see arguments")
      ->type_name("TEXT")
      ->group("Server");
  command.add_option("--header", headers, "A header of each client's request, such as 'Origin: https://example.com'")
      ->type_name("'NAME: VALUE'")
      ->group("Server");
  command.add_option("--ca", where.ca_file, "PEM file of the authorities to trust, for wss://, https:// and tls://")
      ->type_name("FILE")
      ->group("Server");
  command.add_option("--pid", pid, "The server's process, on this machine: its CPU and memory go into the report")
      ->type_name("N")
      ->transform(whole_within(1, std::numeric_limits<int>::max(), ""))
      ->group("Server");
  command
      .add_option("--monitor", monitor,
                  "The same from the monitor of an abilityd: host:port; its secret from "
                  "ABILITY_CLUSTER_SECRET, ABILITY_SECRET or ABILITY_MONITOR_SECRET")
      ->type_name("ADDRESS")
      ->group("Server");
  command.add_option("--monitor-cert", tls.certificate, "PEM file of this program's certificate, for --monitor")
      ->type_name("FILE")
      ->group("Server");
  command.add_option("--monitor-key", tls.key, "PEM file of its private key")->type_name("FILE")->group("Server");
  command.add_option("--monitor-ca", tls.authorities, "PEM file of the authorities that signed the node's")
      ->type_name("FILE")
      ->group("Server");
}

void load_options::add_generator(CLI::App& command) {
  command
      .add_option("--scale", scale, "Times so many clients, and so many each second; 0.1 is a tenth of the scenario")
      ->type_name("FACTOR")
      ->check(number_within(0.0001, most_scale, ""))
      ->capture_default_str();
  command.add_option("--lanes", lanes, "Threads of each process; 0 = half of the cores")
      ->type_name("N")
      ->transform(whole_within(0, most_lanes, ""))
      ->capture_default_str();
  command.add_option("--processes", processes, "Processes; 0 = as many as open files ask for")
      ->type_name("N")
      ->transform(whole_within(0, load::most_processes, ""))
      ->capture_default_str();
}

void load_options::add_output(CLI::App& command) {
  command.add_option("--report", reports, "Also write the report to this file, as a page (.html) or as JSON (.json)")
      ->type_name("FILE")
      ->group("Output");
  command.add_flag("--json", json, "Print the report as JSON, and nothing while it runs")->group("Output");
  command.add_flag("--quiet", quiet, "Print nothing while it runs")->group("Output");
  command.add_flag("--check", check, "Only check the scenario")->group("Output");
}

std::optional<std::string> load_options::misuse() const {
  if (scenario.empty())
    return "SCENARIO must be the name of a file, and is empty.";
  if (pid && !monitor.empty())
    return "--pid and --monitor both tell what the server uses; give one.";
  if (!monitor.empty() && !parse_node_address(monitor))
    return "--monitor must be host:port, such as 127.0.0.1:7700, not '" + printable(monitor) + "'.";
  if (const auto wrong = fault_of(tls))
    return printable(*wrong) + ".";
  for (const auto& each : headers)
    if (const auto colon = each.find(':'); colon == std::string::npos || colon == 0)
      return "--header must be 'NAME: VALUE', not '" + printable(each) + "'.";
  for (const auto& each : reports)
    if (!ends_with_one_of(each))
      return "--report must end with .html or .json, which '" + printable(each) + "' does not.";
  return std::nullopt;
}

load::target load_options::target() const {
  auto to = where;
  if (to.cable.empty())
    to.cable.emplace_back("ws://127.0.0.1:8080/cable");
  if (to.broadcast_key.empty())
    to.broadcast_key = of_environment("ABILITY_BROADCAST_KEY");
  if (to.token.empty())
    to.token = of_environment("ABILITY_TOKEN");
  for (const auto& each : headers) {
    const auto colon = each.find(':');
    const auto value = each.find_first_not_of(' ', colon + 1);
    to.headers.emplace_back(each.substr(0, colon), value == std::string::npos ? std::string{} : each.substr(value));
  }
  return to;
}

}  // namespace ability
