// ability_bench: limits of the project beside the reached figures, compared in one run. It never asserts a time.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "apps/load/run/machine.hpp"
#include "tests/bench/compare.hpp"
#include "tests/bench/peer_scenarios.hpp"
#include "tests/bench/posix.hpp"
#include "tests/bench/scenarios.hpp"

namespace {

using namespace ability::load;

/// Command line arguments.
struct arguments {
  std::string abilityd;
  std::string abilityd_args;
  std::string bare_server;
  std::string bare_app;
  std::string fly_servers;
  std::string link_source;
  std::vector<std::string> only;
  std::vector<std::string> servers{"abilityd", "nats", "nchan"};
  bool peers = false;
  std::string json;
  bench_part part = bench_part::usual;
  bench_settings settings;
};

void describe_machine(report& out) {
  const auto model = processor_name();
  const auto cores = std::thread::hardware_concurrency();
  out.describe_machine({{"cpu", model}, {"cores", cores}});
  out.out() << "ability_bench " << ABILITY_VERSION << ": " << model << ", " << cores << " cores, loopback\n";
}

void choose_servers(arguments& args, report& out) {
  auto& chosen = args.settings.servers;
  for (const auto kind : {server_kind::bare, server_kind::abilityd, server_kind::uws, server_kind::nats,
                          server_kind::nchan, server_kind::centrifuge, server_kind::mosquitto}) {
    if (kind != server_kind::bare &&
        std::find(args.servers.begin(), args.servers.end(), name_of(kind)) == args.servers.end())
      continue;
    const auto why = missing(kind, args.settings.where);
    if (!why)
      chosen.push_back(kind);
    else if (kind == server_kind::bare || kind == server_kind::abilityd)
      out.failure("skipped " + name_of(kind) + ": " + *why);
    else
      out.note("skipped " + name_of(kind) + ": " + *why);
  }
}

void run(arguments& args, report& out) {
  describe_machine(out);
  choose_servers(args, out);
  if (args.peers)
    compare_peers(args.settings, out);
  for (const auto& scenario : all_scenarios())
    if ((args.only.empty() && !args.peers && scenario.part == args.part) ||
        std::find(args.only.begin(), args.only.end(), std::string{scenario.letter}) != args.only.end())
      or_failure(out, [&] { scenario.run(args.settings, out); });
  out.print_limits();
}

/// A file in the folder of this program, where the build puts the other programs too.
std::string beside_me(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

arguments beside_this_program() {
  arguments args;
  args.bare_server = beside_me("bare_server");
  args.bare_app = beside_me("bare_app");
  args.fly_servers = beside_me("fly_servers");
  args.link_source = beside_me("link_source");
  args.settings.where.uws_server = beside_me("uws_server");
  args.settings.where.uws_library = beside_me("peers/libsocketify_linux_amd64.so");
  args.settings.where.centrifuge_server = beside_me("peers/centrifuge_server");
  args.abilityd = beside_me("abilityd");
  return args;
}

void add_options(CLI::App& app, arguments& args) {
  static const std::vector<std::string> all_peers{"abilityd", "uws", "nats", "nchan", "centrifuge", "mosquitto"};
  std::string scenarios = "Scenarios to run, of:";
  std::vector<std::string> letters;
  for (const auto& scenario : all_scenarios()) {
    letters.emplace_back(1, scenario.letter);
    scenarios += "\n" + letters.back() + " = " + scenario.what;
  }
  const auto add_part = [&](const char* name, const char* what, bench_part part) {
    app.add_subcommand(name, what)->fallthrough()->callback([&args, part] { args.part = part; });
  };
  add_part("cluster", "The scenarios of a cluster instead of the others", bench_part::cluster);
  add_part("history", "The scenarios of reliable streams instead of the others", bench_part::history);
  auto* servers = app.add_option("--servers", args.servers, "Servers to run beside the bare loop")
                      ->delimiter(',')
                      ->check(CLI::IsMember(all_peers))
                      ->capture_default_str();
  app.add_subcommand("peers", "a, b, idle memory and connecting for all servers that are installed, in one table")
      ->fallthrough()
      ->callback([&args, servers] {
        args.peers = true;
        if (servers->empty())
          args.servers = all_peers;
      });
  app.add_option("--only", args.only, scenarios)->delimiter(',')->check(CLI::IsMember(letters));
  app.add_flag("--quick", args.settings.quick,
               "One round, fewer messages and clients: little more than a minute for all");
  app.add_option("--rounds", args.settings.rounds, "Rounds of each server, in turn")
      ->check(CLI::Range(1, 25))
      ->capture_default_str();
  app.add_option("--connections", args.settings.idle_connections, "Connections of scenario c")
      ->check(CLI::Range(100, 60'000))
      ->capture_default_str();
  app.add_option("--json", args.json, "Also write all figures, round by round, to this file");
  app.add_option("--abilityd", args.abilityd, "The daemon")->envname("ABILITYD")->capture_default_str();
  app.add_option("--abilityd-args", args.abilityd_args, "Further arguments for the daemon, e.g. \"--lanes 1\"");
  app.add_option("--bare-server", args.bare_server, "The bare send() loop")->capture_default_str();
}

void place_servers(arguments& args) {
  auto& where = args.settings.where;
  where.abilityd = args.abilityd;
  where.bare_server = args.bare_server;
  where.bare_app = args.bare_app;
  where.fly_servers = args.fly_servers;
  where.link_source = args.link_source;
  std::istringstream words{args.abilityd_args};
  for (std::string word; words >> word;)
    where.abilityd_args.push_back(word);
}

void measure(arguments& args, report& out) {
  catch_signals();
  const auto files = raise_open_files();
  args.settings.open_files = files;
  args.settings.idle_connections = std::min(args.settings.idle_connections, files - std::min<std::size_t>(files, 500));
  run(args, out);
  if (!args.json.empty()) {
    std::ofstream file{args.json};
    file << out.json().dump(2) << '\n';
    if (!file.flush())
      throw std::runtime_error{"cannot write " + args.json};
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto args = beside_this_program();
  CLI::App app{
      "Prints the project's limits beside what is reached: abilityd, a bare send() loop, NATS and Nchan, all in "
      "one run. All sockets are on 127.0.0.0/8. Exit status: 0 when all was measured, whatever the figures; 1 when "
      "abilityd or the bare loop is not there, when a server or another program failed, or when the file of --json "
      "cannot be written; 2 for a wrong option; 130 after Ctrl-C. Other servers that are not installed are left out."};
  add_options(app, args);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }

  place_servers(args);
  if (args.settings.quick && app.count("--rounds") == 0)
    args.settings.rounds = 1;
  report out{std::cout};
  try {
    measure(args, out);
  } catch (const interrupted&) {
    std::cerr << "interrupted\n";
    return 130;
  } catch (const std::exception& e) {
    std::cerr << "ability_bench: " << e.what() << '\n';
    return 1;
  }
  return out.failed() ? 1 : 0;
}
