// The daemon's entry: options in, exit code out.
#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <span>
#include <thread>

#include "config/options.hpp"
#include "config/parse_options.hpp"
#include "config/redis_url.hpp"
#include "net/daemon.hpp"
#include "net/log_sink.hpp"
#include "protocol/secret.hpp"

namespace {

using namespace std::string_literals;

const std::string switched_off = "none";

std::string broadcast_key(const ability::options& given) {
  if (!given.broadcast_key.empty())
    return given.broadcast_key == switched_off ? ""s : given.broadcast_key;
  return given.secret.empty() ? ""s : ability::derive_key(given.secret, ability::broadcast_key_purpose);
}

ability::rejection rejection_of(ability::auth_rejection how) {
  switch (how) {
    case ability::auth_rejection::http:
      return ability::rejection::http;
    case ability::auth_rejection::message:
      return ability::rejection::message;
    case ability::auth_rejection::automatic:
      break;
  }
  return ability::rejection::automatic;
}

ability::edge_settings edge_settings_of(const ability::options& given) {
  const auto key = broadcast_key(given);
  return {
      .cable_paths = given.path,
      .health_path = given.health_path,
      .metrics_path = given.metrics_http == switched_off ? ""s : given.metrics_http,
      .broadcast_path = given.http_broadcast_path,
      .broadcast_key = key,
      // A key that was given is asked for in public mode too.
      .open_broadcast = given.broadcast_key == switched_off || (given.public_access && key.empty()),
      .page = given.public_access,
      .compression = given.enable_ws_compression,
      .reject_by = rejection_of(given.auth_reject),
      .allowed_origins = given.allowed_origins,
      .max_connections = given.max_conn,
      .max_message_size = given.max_message_size,
      .max_pending_size = given.max_pending_size,
      .max_pending_commands = given.max_pending_commands,
      .max_broadcast_size = given.max_broadcast_size,
      .ping_interval = given.ping_interval,
      .handshake_timeout = given.handshake_timeout,
      .http_idle_timeout = given.http_idle_timeout,
      .close_timeout = given.close_timeout,
  };
}

std::optional<ability::redis_endpoint> redis_of(const ability::options& given) {
  if (given.redis_url.empty())
    return {};
  const auto url = std::get<ability::redis_url>(ability::parse_redis_url(given.redis_url));
  return ability::redis_endpoint{.host = url.host,
                                 .port = url.port,
                                 .user = url.user,
                                 .password = url.password,
                                 .database = url.database,
                                 .channel = given.redis_channel,
                                 .max_payload = given.max_broadcast_size};
}

ability::daemon_settings settings_of(const ability::options& given) {
  return {
      .edge = edge_settings_of(given),
      .node = {.public_access = given.public_access,
               .max_subscriptions = given.max_subscriptions,
               .max_pending_broadcasts = given.max_pending_broadcasts,
               .max_pending_bytes = given.max_pending_broadcast_bytes},
      .host = given.host,
      .port = given.port,
      .broadcast_port = given.http_broadcast_port,
      .lanes = given.lanes > 0 ? given.lanes : std::max(1U, std::thread::hardware_concurrency()),
      .ssl_cert = given.ssl_cert,
      .ssl_key = given.ssl_key,
      .redis = redis_of(given),
      .shutdown_timeout = given.shutdown_timeout,
  };
}

ability::log_level level_of(ability::log_severity lowest) { return static_cast<ability::log_level>(lowest); }

// Each connection needs a descriptor, and the soft limit is often 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int serve(const ability::options& given) {
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  ability::log_to_stderr(
      given.log_format == ability::log_style::json ? ability::log_format::json : ability::log_format::text,
      level_of(given.log_level));
  int exit_code = 1;
  try {
    exit_code = ability::run_daemon(settings_of(given));
  } catch (const std::exception& failure) {
    ability::log(ability::log_level::error, "failed", {{"reason", failure.what()}});
  }
  ability::flush_log();
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto asked = ability::parse_options({argv, static_cast<std::size_t>(argc)});
  std::cout << asked.out << std::flush;
  std::cerr << asked.err;
  return asked.run ? serve(*asked.run) : asked.exit_code;
}
