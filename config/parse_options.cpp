#include "config/parse_options.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "config/command_line.hpp"
#include "config/health_pages.hpp"
#include "config/nearest_name.hpp"
#include "config/option.hpp"
#include "config/option_layers.hpp"
#include "config/option_pages.hpp"
#include "config/option_types.hpp"
#include "config/redis_url.hpp"
#include "config/toml_file.hpp"
#include "config/unknown_variables.hpp"

namespace ability {
namespace {

constexpr std::size_t max_file_size = 1 << 20;  // bytes
constexpr std::chrono::milliseconds pipe_patience{5'000};

// An error in the input, as one sentence.
struct mistake {
  std::string sentence;
};

// Reads with a time limit: opening a pipe without a writer would block forever, and with it each later SIGHUP.
std::string read_pipe(const std::filesystem::path& path, const std::string& name) {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + pipe_patience;
  const int pipe = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::string text;
  bool ended = pipe < 0;
  for (auto left = pipe_patience; !ended && left > left.zero() && text.size() <= max_file_size;
       left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now())) {
    pollfd readable{pipe, POLLIN, 0};
    std::array<char, 4096> piece;
    if (::poll(&readable, 1, static_cast<int>(left.count())) <= 0)
      continue;
    const auto got = ::read(pipe, piece.data(), piece.size());
    if (got > 0)
      text.append(piece.data(), static_cast<std::size_t>(got));
    ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }
  if (pipe >= 0)
    ::close(pipe);
  if (!ended && text.size() <= max_file_size)
    throw mistake{"the file of settings " + name + " is a pipe that was not written to its end within 5 s."};
  // A pipe is empty when read a second time. Accepting that would reset every setting.
  if (text.empty())
    throw mistake{"the file of settings " + name + " is a pipe, and nothing is in it."};
  return text;
}

std::string read_regular_file(const std::filesystem::path& path, const std::string& name) {
  std::ifstream in{path, std::ios::binary};
  std::string text(max_file_size + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.gcount() == 0 && !in.eof())
    throw mistake{"the file of settings " + name + " cannot be read."};
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// `named_by`: the variable that names the file; empty if none does.
std::string read_file(const std::filesystem::path& path, const std::string& named_by) {
  const auto name = quoted_excerpt(path.string()) + (named_by.empty() ? "" : " of " + named_by);
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw mistake{"the file of settings " + name + " is a directory."};
  if (!std::filesystem::exists(path, error))
    throw mistake{"the file of settings " + name + " does not exist."};
  auto text = std::filesystem::is_fifo(path, error) ? read_pipe(path, name) : read_regular_file(path, name);
  if (text.size() > max_file_size)
    throw mistake{"the file of settings " + name + " is larger than 1 MiB."};
  return text;
}

// Collects the settings layer by layer.
class settings {
public:
  void add_file(const std::filesystem::path& path, const std::string& named_by) {
    const auto text = read_file(path, named_by);
    const auto place = [&](const toml_place& where) {
      return path.string() + " line " + std::to_string(where.line) + ", column " + std::to_string(where.column);
    };
    auto parsed = parse_toml(text);
    if (const auto* const error = std::get_if<toml_error>(&parsed))
      throw mistake{place(error->place) + (is_known(error->key) ? ", at " + error->key : "") + ": " + error->what +
                    "."};
    std::map<std::string, std::size_t> lines;
    for (auto& entry : std::get<std::vector<toml_entry>>(parsed)) {
      const auto name = name_of_key(entry.key);
      const auto* o = find_option(name);
      const auto* foreign = o == nullptr ? find_anycable_name(name) : nullptr;
      if (o == nullptr && foreign == nullptr)
        throw mistake{place(entry.place) + ": " + quoted_excerpt(entry.key) + " is no key" +
                      did_you_mean(name, keys()) + "."};
      if (auto [same, is_new] = lines.emplace(o != nullptr ? o->name : name, entry.place.line); !is_new && o != nullptr)
        throw mistake{place(entry.place) + ": " + entry.key + " is given again, after line " +
                      std::to_string(same->second) + "."};
      auto origin = entry.key + " (" + place(entry.place) + ")";
      if (foreign != nullptr) {
        layers_.add(*foreign, origin, entry.values);
        continue;
      }
      const bool is_quoted = o->type == value_type::text || o->type == value_type::list;
      if (!entry.unusable.empty())
        throw mistake{origin + " is " + std::string{entry.unusable} + ", but must be " + o->allowed +
                      (is_quoted ? ", in quotes." : ".")};
      if (entry.is_array && o->type != value_type::list)
        throw mistake{origin + " is an array, but must be " + o->allowed + "."};
      layers_.add({o, origin, std::move(entry.values)});
    }
    layers_.end_layer();
  }

  void add_environment(const env_lookup& env) {
    const auto given = [&](const std::string& name) {
      const auto value = env(name);
      return value && !value->empty() ? value : std::nullopt;
    };
    for (const auto& foreign : anycable_names()) {
      for (const auto& name : foreign.environment()) {
        const auto value = find_option(foreign.name) == nullptr ? given(name) : std::nullopt;
        if (value && is_variable_of_service(name, *value))
          pass_over_service(name);
        else if (value)
          layers_.add(foreign, name, {*value});
      }
    }
    const auto add_first_variable = [&](const option& o) {
      for (const auto& name : o.environment()) {
        const auto value = given(name);
        if (!value)
          continue;
        if (!is_of_service(o, name, *value)) {
          layers_.add({&o, name, {*value}});
          return;
        }
        pass_over_service(name);
      }
    };
    for (const auto& group : all_options())
      std::ranges::for_each(group.members, add_first_variable);
    layers_.end_layer();
  }

  const std::vector<option_warning>& warnings() const noexcept { return layers_.warnings(); }

  void add_arguments(const command_line& line) {
    for (const auto& each : line.foreign)
      layers_.add(*each.what, each.origin, each.values);
    for (const auto& value : line.values)
      layers_.add(value);
    layers_.end_layer();
  }

  options checked() {
    if (auto error = layers_.store(values_); !error.empty())
      throw mistake{std::move(error)};
    check_pair("ssl_cert", values_.ssl_cert, "ssl_key", values_.ssl_key);
    check_pair("redis_tls_client_cert_path", values_.redis_tls_client_cert_path, "redis_tls_client_key_path",
               values_.redis_tls_client_key_path);
    const bool hmac = values_.jwt_secret.empty()
                          ? !values_.secret.empty()
                          : std::ranges::any_of(values_.jwt_secret, [](const auto& key) { return key != "none"; });
    if (values_.enforce_jwt && !hmac && values_.jwt_public_key.empty() && values_.jwt_jwks.empty())
      throw mistake{origin("enforce_jwt") + " is given without a key to check tokens with: --jwt-secret, --secret, " +
                    "--jwt-public-key or --jwt-jwks."};
    if (values_.proxy_protocol && values_.trusted_proxies.empty())
      throw mistake{origin("proxy_protocol") +
                    " is given without --trusted-proxies, whose connections have its header."};
    check_cluster();
    check_pages();
    check_adapters();
    return values_;
  }

private:
  // The name that a key stands for, such as `port` for AnyCable's `server.port`, and `cluster_join` for `cluster.join`.
  static std::string name_of_key(const std::string& key) {
    std::string name{name_of_anycable_key(key)};
    if (name.empty())
      std::ranges::replace_copy(key, std::back_inserter(name), '.', '_');
    return name;
  }

  static bool is_known(const std::string& key) {
    const auto name = name_of_key(key);
    return find_option(name) != nullptr || find_anycable_name(name) != nullptr;
  }

  static std::vector<std::string> keys() {
    std::vector<std::string> result;
    for (const auto& group : all_options())
      for (const auto& o : group.members)
        result.push_back(o.name);
    return result;
  }

  void pass_over_service(const std::string& name) {
    layers_.warn(name,
                 "is passed over, as Kubernetes sets it for a Service of that name: give the Service another name, or "
                 "the Pod enableServiceLinks: false");
  }

  // True for a variable of Kubernetes: a Service called ability sets ABILITY_PORT=tcp://10.96.3.4:8080 and others.
  static bool is_of_service(const option& o, const std::string& name, std::string_view value) {
    const auto scheme = value.substr(0, std::min(value.find("://"), value.size()));
    options nowhere;
    return (scheme == "tcp" || scheme == "udp" || scheme == "sctp") &&
           (name.starts_with("ABILITY_") || name.starts_with("ANYCABLE_")) &&
           !o.set(nowhere, {std::string{value}}).empty();
  }

  std::string origin(const std::string& name) const { return layers_.origin(name); }

  // Checks that a certificate and its key are given together.
  void check_pair(const char* one, const std::string& certificate, const char* other, const std::string& key) const {
    if (certificate.empty() == key.empty())
      return;
    throw mistake{origin(key.empty() ? one : other) + " is given without " + flag_name(key.empty() ? other : one) +
                  ", but TLS needs both."};
  }

  void check_cluster() const {
    const auto& o = values_;
    if (!o.cluster_join.empty() && o.cluster_listen.empty())
      throw mistake{origin("cluster_join") + " is given without --cluster-listen, where the others link to this node."};
    if (!o.cluster_listen.empty() && o.cluster_secret.empty() && o.secret.empty())
      throw mistake{origin("cluster_listen") +
                    " is given without a secret that nodes prove to each other: --cluster-secret or --secret."};
    check_pair("cluster_cert", o.cluster_cert, "cluster_key", o.cluster_key);
    if (!o.cluster_cert.empty() && o.cluster_ca.empty() && (!o.cluster_listen.empty() || o.monitor_ca.empty()))
      throw mistake{origin("cluster_cert") +
                    " is given without --cluster-ca, the authorities whose certificates others must have."};
    if (!o.cluster_ca.empty() && o.cluster_cert.empty())
      throw mistake{origin("cluster_ca") + " is given without --cluster-cert, but both ends show a certificate."};
    const bool anywhere = o.cluster_listen.starts_with("0.0.0.0:") || o.cluster_listen.starts_with("[::]:");
    if (anywhere && o.cluster_advertise.empty())
      throw mistake{origin("cluster_listen") + " is " + quoted_excerpt(o.cluster_listen) +
                    ", every interface, so --cluster-advertise must tell the address that other nodes are to use."};
  }

  // Refuses two pages at one path: one would hide the other.
  void check_pages() const {
    std::vector<std::pair<std::string, std::string>> pages;
    auto check = [&](const char* name, const std::string& path) {
      for (const auto& [other, taken] : pages) {
        if (path == taken && other == name)
          throw mistake{origin(name) + " holds " + quoted_excerpt(path) + " twice."};
        if (path == taken)
          throw mistake{origin(name) + " is " + quoted_excerpt(path) + ", but must differ from " + flag_name(other) +
                        "."};
      }
      pages.emplace_back(name, path);
    };
    for (const auto& path : values_.path)
      check("path", path);
    check("health_path", values_.health_path);
    for (const auto& below : {live_path(values_.health_path), ready_path(values_.health_path)}) {
      for (const auto& [other, taken] : pages)
        if (below == taken)
          throw mistake{origin("health_path") + " has " + quoted_excerpt(below) + " below it, which must differ from " +
                        flag_name(other) + "."};
      pages.emplace_back("health_path", below);
    }
    if (values_.metrics_http != "none")
      check("metrics_http", values_.metrics_http);
    if (values_.http_broadcast_port == 0 || values_.http_broadcast_port == values_.port)
      check("http_broadcast_path", values_.http_broadcast_path);
  }

  // Warns where anycable-go would use a Redis at localhost: publications expected from there would never arrive.
  void check_adapters() {
    const auto* const given = layers_.foreign("broadcast_adapter");
    const auto has_it = [](const std::string& value) { return std::ranges::count(split_list(value), "redis") > 0; };
    if (given != nullptr && !names_redis(values_.redis_url) && std::ranges::any_of(given->values, has_it))
      layers_.warn(given->origin,
                   "names redis, but no publication can come from there, as there is no Redis URL: give --redis-url "
                   "(anycable-go's default is redis://localhost:6379/5)");
  }

  options values_;
  option_layers layers_;
};

parse_result to_print(std::string text) {
  parse_result result;
  result.out = std::move(text);
  return result;
}

parse_result to_run(options values, std::string file) {
  parse_result result;
  result.run = std::move(values);
  result.file = std::move(file);
  return result;
}

// A file of settings, and the variable that names it, if any.
struct settings_file {
  std::string path;
  std::string named_by = {};
};

// Selects the file: the command line takes precedence over the environment, and that over the usual places.
std::optional<settings_file> file_to_read(const command_line& line, const env_lookup& env,
                                          const std::vector<std::filesystem::path>& default_files) {
  if (line.config_path)
    return settings_file{*line.config_path};
  if (line.ignore_config_path)
    return std::nullopt;
  for (const auto* variable : config_path_variables)
    if (auto path = env(variable); path && !path->empty())
      return settings_file{std::move(*path), variable};
  std::error_code error;
  for (const auto& path : default_files)
    if (std::filesystem::exists(path, error))
      return settings_file{path.string()};
  return std::nullopt;
}

parse_result parsed(std::span<const char* const> args, const env_lookup& env,
                    const std::vector<std::filesystem::path>& default_files) {
  auto read = read_command_line(args);
  if (auto error = std::get_if<std::string>(&read))
    throw mistake{*error};
  const auto& line = std::get<command_line>(read);
  if (line.help)
    return to_print(help_page());
  if (line.version)
    return to_print("abilityd " ABILITY_VERSION "\n");
  if (line.print_options_table)
    return to_print(options_table());
  if (line.config_path && line.ignore_config_path)
    throw mistake{"--config-path and --ignore-config-path cannot both be given."};
  settings all;
  const auto file = file_to_read(line, env, default_files);
  if (file)
    all.add_file(file->path, file->named_by);
  all.add_environment(env);
  all.add_arguments(line);
  auto result = all.checked();
  if (line.print_config)
    return to_print(config_page(result));
  auto outcome = to_run(std::move(result), file ? file->path : "");
  outcome.warnings = all.warnings();
  return outcome;
}

}  // namespace

env_lookup process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const auto* value = std::getenv(std::string{name}.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
}

std::vector<std::filesystem::path> default_config_files() {
  return {"./abilityd.toml", "/etc/ability/abilityd.toml", "./anycable.toml", "/etc/anycable/anycable.toml"};
}

parse_result parse_options(std::span<const char* const> args, const env_lookup& env,
                           const std::vector<std::filesystem::path>& default_files) {
  try {
    return parsed(args, env, default_files);
  } catch (const mistake& error) {
    parse_result result;
    result.exit_code = 2;
    result.err = "abilityd: " + error.sentence + "\n";
    return result;
  }
}

}  // namespace ability
