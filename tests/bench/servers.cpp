#include "tests/bench/servers.hpp"

#include <sys/socket.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ability::load {

namespace {

constexpr const char* nchan_module = "/usr/lib/nginx/modules/ngx_nchan_module.so";

std::string nats_config(std::uint16_t port, std::uint16_t websocket_port) {
  return "listen: \"127.0.0.1:" + std::to_string(port) +
         "\"\n"
         "websocket { listen: \"127.0.0.1:" +
         std::to_string(websocket_port) +
         "\", no_tls: true, compression: false }\n"
         "max_connections: 65536\n"
         "ping_interval: \"1h\"\n";
}

/// Configures one worker: with more, Nchan forwards every message between processes.
std::string nginx_config(const std::string& folder, std::uint16_t port) {
  return "load_module " + std::string{nchan_module} + ";\nuser root;\ndaemon off;\nworker_processes 1;\npid " + folder +
         "/nginx.pid;\nworker_rlimit_nofile 20000;\nevents { worker_connections 19900; }\n"
         "http {\n  access_log off;\n  keepalive_requests 10000000;\n  keepalive_timeout 1h;\n  tcp_nodelay on;\n  "
         "client_body_buffer_size 1m;\n"
         "  client_body_temp_path " +
         folder + "/body;\n  proxy_temp_path " + folder + "/proxy;\n  fastcgi_temp_path " + folder +
         "/fastcgi;\n  uwsgi_temp_path " + folder + "/uwsgi;\n  scgi_temp_path " + folder +
         "/scgi;\n  server {\n    listen 127.0.0.1:" + std::to_string(port) +
         " backlog=4096;\n"
         "    location = /publish { nchan_publisher; nchan_channel_id s; nchan_message_buffer_length 1; }\n"
         "    location ~ ^/subscribe/(\\w+)$ { nchan_subscriber websocket; nchan_channel_id $1; "
         "nchan_subscriber_first_message newest; }\n  }\n}\n";
}

std::string mosquitto_config(std::uint16_t port, std::uint16_t websocket_port) {
  return "listener " + std::to_string(port) + " 127.0.0.1\nlistener " + std::to_string(websocket_port) +
         " 127.0.0.1\nprotocol websockets\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
         "max_queued_messages 10000\nlog_type error\nuser root\n";
}

std::string last_words(const std::filesystem::path& log) {
  std::ifstream file{log};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  text.erase(text.find_last_not_of('\n') + 1);
  return text.size() > 600 ? "…" + text.substr(text.size() - 600) : text;
}

}  // namespace

std::optional<std::string> missing(server_kind kind, const programs& where) {
  switch (kind) {
    case server_kind::bare:
      if (find_program(where.bare_server).empty())
        return "no program " + where.bare_server + " (build the target bare_server)";
      break;
    case server_kind::abilityd:
      if (find_program(where.abilityd).empty())
        return "no program " + where.abilityd + " (build it, or name it with --abilityd or ABILITYD)";
      break;
    case server_kind::nats:
      if (find_program("nats-server").empty())
        return "no nats-server (apt-get install nats-server)";
      break;
    case server_kind::nchan:
      if (find_program("nginx").empty() || !std::filesystem::exists(nchan_module))
        return "no nginx with Nchan (apt-get install nginx libnginx-mod-nchan)";
      break;
    case server_kind::uws:
      if (find_program(where.uws_server).empty() || !std::filesystem::exists(where.uws_library))
        return "no " + where.uws_server + " or no library " + where.uws_library + " (./dev bench peers installs it)";
      break;
    case server_kind::centrifuge:
      if (find_program(where.centrifuge_server).empty())
        return "no program " + where.centrifuge_server + " (./dev bench peers builds it)";
      break;
    case server_kind::mosquitto:
      if (find_program("mosquitto").empty())
        return "no mosquitto (apt-get install mosquitto)";
      break;
  }
  return {};
}

running_server::running_server(server_kind kind, const programs& where)
    : kind_{kind}, publish_port_{free_port()}, port_{publish_port_} {
  const auto config = files_.path() / "config";
  const auto publish_port = std::to_string(publish_port_);
  switch (kind_) {
    case server_kind::bare:
      port_ = free_port();
      start({find_program(where.bare_server), std::to_string(port_), publish_port});
      break;
    case server_kind::abilityd: {
      std::vector<std::string> command{
          find_program(where.abilityd), "--port", publish_port, "--ping-interval", "0", "--log-level", "warn"};
      command.insert(command.end(), where.abilityd_access.begin(), where.abilityd_access.end());
      command.insert(command.end(), where.abilityd_args.begin(), where.abilityd_args.end());
      start(command);
      break;
    }
    case server_kind::uws:
      start({find_program(where.uws_server), where.uws_library, publish_port});
      break;
    case server_kind::nats:
      port_ = free_port();
      std::ofstream{config} << nats_config(publish_port_, port_);
      start({find_program("nats-server"), "-c", config});
      break;
    case server_kind::nchan:
      std::ofstream{config} << nginx_config(files_.path(), publish_port_);
      start({find_program("nginx"), "-e", "stderr", "-p", files_.path(), "-c", config});
      break;
    case server_kind::centrifuge:
      start({find_program(where.centrifuge_server), publish_port});
      break;
    case server_kind::mosquitto:
      port_ = free_port();
      std::ofstream{config} << mosquitto_config(publish_port_, port_);
      start({find_program("mosquitto"), "-c", config});
      break;
  }
  wait_until_up();
}

void running_server::start(const std::vector<std::string>& command) {
  process_.emplace(command, files_.path() / "output");
}

void running_server::wait_until_up() {
  const auto deadline = now_ns() + 10'000'000'000;
  while (process_->alive() && now_ns() < deadline) {
    if (is_up())
      return;
    sleep_ms(20);
  }
  throw std::runtime_error{name_of(kind_) + (process_->alive() ? " did not answer within 10 s" : " ended at once") +
                           ": " + last_words(files_.path() / "output")};
}

bool running_server::is_up() const {
  // bare_server treats any connection to its control port as the publisher
  if (kind_ != server_kind::bare && !try_connect(publish_port_))
    return false;
  const auto probe = try_connect(port_);
  if (kind_ != server_kind::abilityd || !probe)
    return static_cast<bool>(probe);
  send_all(probe.get(), "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  char answer[16] = {};
  const auto n = ::recv(probe.get(), answer, sizeof answer - 1, MSG_WAITALL);
  return n > 0 && std::string_view{answer}.starts_with("HTTP/1.1 200");
}

client_script running_server::script(const streams_of_client& streams_of) const {
  return script_of(kind_, port_, streams_of);
}

std::unique_ptr<publisher> running_server::connect_publisher() const {
  return connect_publisher_of(kind_, publish_port_);
}

}  // namespace ability::load
