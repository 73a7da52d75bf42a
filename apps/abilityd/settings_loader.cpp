#include "apps/abilityd/settings_loader.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "config/option.hpp"
#include "config/parse_options.hpp"
#include "config/reload_plan.hpp"
#include "net/io/pem_file.hpp"

namespace ability {

namespace {

constexpr std::string_view placeholder_of_files = "FILE";

std::string listed(std::vector<std::string> names) {
  std::ranges::sort(names);
  std::string text;
  for (const auto& each : names)
    text.append(text.empty() ? "" : ",").append(each);
  return text;
}

// The paths that an option names, separated by +.
std::string files_of(std::string_view name, const options& given) {
  std::string text;
  for (const auto& group : all_options())
    for (const auto& each : group.members)
      if (each.name == name)
        for (const auto& path : each.get(given))
          text.append(text.empty() ? "" : "+").append(path);
  return text;
}

// The error sentence of the start without its prefix, for a log line.
std::string sentence_of(std::string told) {
  static constexpr std::string_view prefix = "abilityd: ";
  if (told.starts_with(prefix))
    told.erase(0, prefix.size());
  while (told.ends_with('\n') || told.ends_with('.'))
    told.pop_back();
  return told;
}

}  // namespace

settings_loader::settings_loader(std::span<const char* const> arguments, options in_force,
                                 daemon_settings (*settings_of)(const options&))
    : arguments_{arguments},
      settings_of_{settings_of},
      in_force_{std::move(in_force)},
      files_in_force_{digests_of(in_force_)} {}

boost::system::result<reloaded_settings, std::string> settings_loader::load_again() {
  auto read = parse_options(arguments_);
  if (!read.run)
    return sentence_of(std::move(read.err));
  auto plan = plan_reload(in_force_, *read.run);
  if (!plan.contradiction.empty())
    return sentence_of(std::move(plan.contradiction)) +
           " (until a restart these stay: " + listed(std::move(plan.needs_restart)) + ")";
  loaded_ = plan.next;
  files_loaded_ = digests_of(loaded_);
  reloaded_settings found;
  try {
    found.settings = settings_of_(loaded_);
  } catch (const std::exception& wrong) {
    return std::string{wrong.what()};
  }
  if (loaded_.log.lowest != in_force_.log.lowest)
    found.lowest = loaded_.log.lowest;
  std::vector<std::string> unchanged;
  for (const auto& [name, digest] : files_loaded_) {
    const auto before = files_in_force_.find(name);
    const bool same = before != files_in_force_.end() && before->second == digest;
    if (same && is_live(name))
      unchanged.push_back(name);
    else if (auto& list = is_live(name) ? plan.changed : plan.needs_restart;
             !same && std::ranges::find(list, name) == list.end())
      list.push_back(name);
  }
  std::erase_if(unchanged,
                [&](const auto& name) { return std::ranges::find(plan.changed, name) != plan.changed.end(); });
  found.changed = listed(std::move(plan.changed));
  for (auto& name : unchanged)
    name += ':' + files_of(name, loaded_);
  found.unchanged = listed(std::move(unchanged));
  found.needs_restart = listed(std::move(plan.needs_restart));
  return found;
}

void settings_loader::in_force() {
  in_force_ = loaded_;
  files_in_force_ = files_loaded_;
}

// Only regular files: a pipe can be read only once. Errors of reading are reported by the user of the file.
settings_loader::digests settings_loader::digests_of(const options& given) {
  digests found;
  std::error_code ignored;
  for (const auto& group : all_options()) {
    for (const auto& each : group.members) {
      if (each.placeholder != placeholder_of_files)
        continue;
      std::string all;
      for (const auto& path : each.get(given))
        if (std::filesystem::is_regular_file(path, ignored))
          all += fly::read_text_file(path).text + '\n';
      if (!all.empty())
        found.emplace(each.name, std::hash<std::string>{}(all));
    }
  }
  return found;
}

}  // namespace ability
