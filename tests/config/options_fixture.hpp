// Runs parse_options on made-up arguments, variables and files.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/parse_options.hpp"

/// A folder of its own per test, and an environment without the real variables.
struct options_fixture {
  using variables = std::map<std::string, std::string>;

  options_fixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "ability_options_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder = pattern;
  }
  options_fixture(const options_fixture&) = delete;
  ~options_fixture() { std::filesystem::remove_all(folder); }

  /// Writes the file that is read when no `--config-path` is given.
  void write(const std::string& text) const { std::ofstream{file(), std::ios::binary} << text; }
  std::string file() const { return (folder / "abilityd.toml").string(); }

  ability::parse_result parse(const std::vector<std::string>& args, const variables& env = {}) const {
    std::vector<const char*> argv{"abilityd"};
    for (const auto& arg : args)
      argv.push_back(arg.c_str());
    return ability::parse_options(argv,
                                  [&](std::string_view name) -> std::optional<std::string> {
                                    auto found = env.find(std::string{name});
                                    return found == env.end() ? std::nullopt : std::optional{found->second};
                                  },
                                  {folder / "absent.toml", file()});
  }

  /// The parsed options; throws after a mistake.
  ability::options good(const std::vector<std::string>& args, const variables& env = {}) const {
    auto result = parse(args, env);
    if (!result.run)
      throw std::runtime_error("refused: " + result.err);
    return *result.run;
  }

  /// The warnings, each as `origin advice`; throws if anything is on stderr.
  std::vector<std::string> warnings(const std::vector<std::string>& args, const variables& env = {}) const {
    const auto result = parse(args, env);
    if (!result.err.empty())
      throw std::runtime_error("refused: " + result.err);
    std::vector<std::string> all;
    for (const auto& each : result.warnings)
      all.push_back(each.origin + " " + each.advice);
    return all;
  }

  /// The one line on stderr without `abilityd: ` and the line's end; empty unless it is that with exit code 2.
  std::string mistake(const std::vector<std::string>& args, const variables& env = {}) const {
    const std::string prefix = "abilityd: ";
    auto result = parse(args, env);
    auto is_line = result.err.starts_with(prefix) && result.err.find('\n') == result.err.size() - 1;
    if (result.run || result.exit_code != 2 || !result.out.empty() || !is_line)
      return {};
    return result.err.substr(prefix.size(), result.err.size() - prefix.size() - 1);
  }

  /// Like `mistake`, for the text of a file.
  std::string mistake_in(const std::string& text) const {
    write(text);
    auto sentence = mistake({});
    auto at = sentence.find(file());
    return at == std::string::npos ? sentence : sentence.replace(at, file().size(), "FILE");
  }

  std::filesystem::path folder;
};
