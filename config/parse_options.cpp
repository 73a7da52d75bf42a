#include "config/parse_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <utility>

#include "config/command_line.hpp"
#include "config/nearest_name.hpp"
#include "config/option.hpp"
#include "config/option_checks.hpp"
#include "config/option_layers.hpp"
#include "config/option_pages.hpp"
#include "config/option_types.hpp"
#include "config/redis_url.hpp"
#include "config/settings_file.hpp"
#include "config/toml_file.hpp"
#include "config/unknown_variables.hpp"

namespace ability {
namespace {

// An error in the input, as one sentence.
struct mistake {
  std::string sentence;
};

// Collects the settings layer by layer.
class settings {
public:
  void add_file(const std::filesystem::path& path, const std::string& named_by) {
    const auto file = read_settings_file(path, named_by);
    if (!file.error.empty())
      throw mistake{file.error};
    const auto place = [&](const toml_place& where) {
      return path.string() + " line " + std::to_string(where.line) + ", column " + std::to_string(where.column);
    };
    auto parsed = parse_toml(file.text);
    if (const auto* const error = std::get_if<toml_error>(&parsed))
      throw mistake{place(error->place) + (is_known(error->key) ? ", at " + error->key : "") + ": " + error->what +
                    "."};
    std::map<std::string, std::size_t> lines;
    for (auto& entry : std::get<std::vector<toml_entry>>(parsed))
      add_entry(entry, place(entry.place), lines);
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
    if (auto error = contradiction_in(values_, layers_); !error.empty())
      throw mistake{std::move(error)};
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

  // True if keys can be in this section.
  static bool is_section(const std::string& key) {
    const auto begin = name_of_key(key) + '_';
    const auto has_it = [&](std::string_view name) { return name.starts_with(begin); };
    const auto is_in_it = [&](const option& o) { return has_it(o.name) || has_it(o.alias); };
    return is_anycable_section(key) || std::ranges::any_of(anycable_names(), has_it, &anycable_name::name) ||
           std::ranges::any_of(all_options(),
                               [&](const auto& group) { return std::ranges::any_of(group.members, is_in_it); });
  }

  static std::vector<std::string> keys() {
    std::vector<std::string> result;
    for (const auto& group : all_options())
      for (const auto& o : group.members)
        result.push_back(o.name);
    return result;
  }

  // Adds an entry of the file, written at `place`. `lines` has the line of each option that was given there.
  void add_entry(toml_entry& entry, const std::string& place, std::map<std::string, std::size_t>& lines) {
    const auto name = name_of_key(entry.key);
    const auto* o = find_option(name);
    const auto* foreign = o == nullptr ? find_anycable_name(name) : nullptr;
    if (entry.is_table && is_section(entry.key) && (o == nullptr || !entry.in_braces))
      return;
    if (o == nullptr && foreign == nullptr)
      throw mistake{place + ": " + quoted_excerpt(entry.key) + " is no key" + did_you_mean(name, keys()) + "."};
    if (auto [same, is_new] = lines.emplace(o != nullptr ? o->name : name, entry.place.line); !is_new && o != nullptr)
      throw mistake{place + ": " + entry.key + " is given again, after line " + std::to_string(same->second) + "."};
    const auto origin = entry.key + " (" + place + ")";
    if (foreign == nullptr) {
      add_option(*o, origin, entry);
      return;
    }
    if (!entry.unusable.empty() && !foreign->becomes.empty())
      throw mistake{origin + " is " + std::string{entry.unusable} + ", and no option takes that."};
    layers_.add(*foreign, origin, entry.values);
  }

  void add_option(const option& o, const std::string& origin, toml_entry& entry) {
    const bool is_quoted = o.type == value_type::text || o.type == value_type::list;
    if (!entry.unusable.empty())
      throw mistake{origin + " is " + std::string{entry.unusable} + ", but must be " + o.allowed +
                    (is_quoted ? ", in quotes." : ".")};
    if (entry.is_array && o.type != value_type::list)
      throw mistake{origin + " is an array, but must be " + o.allowed + "."};
    layers_.add({&o, origin, std::move(entry.values)});
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

  // Warns where anycable-go would use a Redis at localhost: publications expected from there would never arrive.
  void check_adapters() {
    const auto& adapters = values_.broadcast_adapters;
    const auto origin = layers_.origin("broadcast_adapter");
    for (const auto* name : {"redis", "redisx"})
      if (std::ranges::count(adapters, name) > 0 && !names_redis(values_.redis_url))
        layers_.warn(origin, std::string{"names "} + name +
                                 ", but no publication can come from there, as there is no Redis URL: give --redis-url "
                                 "(anycable-go's default is redis://localhost:6379/5)");
    if (std::ranges::count(adapters, "nats") > 0)
      layers_.warn(origin, "names nats, but " + std::string{find_anycable_name("embed_nats")->instead});
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

parse_result parse_all(std::span<const char* const> args, const env_lookup& env,
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
    return parse_all(args, env, default_files);
  } catch (const mistake& error) {
    parse_result result;
    result.exit_code = 2;
    result.err = "abilityd: " + error.sentence + "\n";
    return result;
  }
}

}  // namespace ability
