#include "apps/abilityd/program.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <span>

#include "apps/abilityd/daemon.hpp"
#include "apps/abilityd/descriptors.hpp"
#include "apps/abilityd/log_sink.hpp"
#include "apps/abilityd/settings_from_options.hpp"
#include "apps/abilityd/settings_loader.hpp"
#include "apps/abilityd/start_log.hpp"
#include "config/options.hpp"
#include "config/parse_options.hpp"
#include "config/unknown_variables.hpp"
#include "protocol/http/loopback.hpp"

namespace {

// Time limit for the last log lines while standard error is stalled.
constexpr std::chrono::milliseconds time_for_the_log{500};

// Warns about valid but suspicious settings.
void warn_of(const ability::options& given) {
  for (const auto& each : ability::unknown_variables(ability::process_variables()))
    ability::log(ability::log_level::warn, "unknown environment variable", {{"name", each}});
  for (const auto& each : ability::redis_url_of(given).unused)
    ability::log(ability::log_level::warn, "parameter of redis_url has no effect here", {{"name", each}});
  if (ability::is_loopback(given.server.host))
    return;
  const bool has_key = !given.edge.broadcast_key.empty() || !given.secret.empty();
  if (given.edge.broadcast_key == "none" || (given.public_access && !has_key))
    ability::log(ability::log_level::warn, "anyone who reaches this address may publish",
                 {{"host", given.server.host}, {"remedy", "set ABILITY_BROADCAST_KEY or ABILITY_SECRET"}});
  const bool any_page = std::ranges::find(given.edge.allowed_origins, "*") != given.edge.allowed_origins.end();
  if (!given.app_server.url.empty() && any_page)
    ability::log(ability::log_level::warn, "pages of any origin may connect with their users' cookies",
                 {{"host", given.server.host}, {"remedy", "name their hosts in ABILITY_ALLOWED_ORIGINS"}});
}

int serve(const ability::options& given, const std::string& file, const std::vector<ability::option_warning>& warnings,
          std::span<const char* const> arguments, const std::vector<ability::client_protocol>& protocols) {
  // Each connection needs a descriptor, and the soft limit is often 1024.
  const auto descriptors = ability::raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);  // until the daemon runs and can reload
  ability::log_to_stderr(given.log.format, given.log.lowest);
  int exit_code = 1;
  try {
    auto settings = ability::settings_of(given);
    settings.protocols = protocols;
    settings.edge.max_sockets = ability::client_sockets(descriptors, settings);
    ability::log_start(given, settings.node, file, {descriptors, settings.edge.max_sockets});
    for (const auto& each : warnings)
      ability::log(ability::log_level::warn, "option passed over or outdated",
                   {{"name", each.origin}, {"advice", each.advice}});
    warn_of(given);
    ability::settings_loader source{arguments, given, ability::settings_of};
    exit_code = ability::run_daemon(settings, &source);
  } catch (const std::exception& failure) {
    ability::log(ability::log_level::error, "failed", {{"reason", failure.what()}});
  }
  ability::flush_log(time_for_the_log);
  return exit_code;
}

}  // namespace

int ability::run_program(std::span<const char* const> arguments, const std::vector<client_protocol>& protocols) {
  const auto asked = parse_options(arguments);
  std::cout << asked.out << std::flush;
  std::cerr << asked.err;
  return asked.run ? serve(*asked.run, asked.file, asked.warnings, arguments, protocols) : asked.exit_code;
}
