#include "config/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>

#include "config/nearest_name.hpp"

namespace ability {
namespace {

// Both spellings of a flag: `--max-conn,--max_conn`.
std::string spellings(const std::string& flag) {
  auto other = flag;
  std::replace(other.begin() + 2, other.end(), '-', '_');
  return other == flag ? flag : flag + "," + other;
}

// The beginning of an unknown argument, unlikely to hold a secret: `--name` of `--name=value` and `--name:value`,
// `-x` of `-xvalue`.
std::string name_part(const std::string& argument) {
  constexpr std::size_t longest = 60;
  if (!argument.starts_with("--"))
    return argument.substr(0, 2);
  auto ends = [](char c) { return c != '-' && c != '_' && std::isalnum(static_cast<unsigned char>(c)) == 0; };
  auto end = std::find_if(argument.begin(), argument.end(), ends);
  return std::string{argument.begin(), end}.substr(0, longest);
}

// CLI11 restricted to parsing: it neither prints, exits, reads files nor looks at the environment.
class argument_parser {
public:
  argument_parser() {
    app_.set_help_flag();
    app_.allow_extras();
    add("--help", true);
    for (const auto* name : {"--version", "--print-config", "--print-options-table", "--ignore-config-path"})
      add(name, true);
    add("--config-path", false);
    for (const auto& group : all_options()) {
      for (const auto& o : group.members) {
        add(o.flag(), o.type == value_type::flag);
        if (!o.alias_flag().empty())
          add(o.alias_flag(), o.type == value_type::flag);
      }
    }
  }

  std::variant<command_line, std::string> parse(std::span<const char* const> args) {
    // CLI11 expects the last argument first, and would use the next argument as the empty value of `--name=`.
    std::vector<std::string> reversed;
    for (std::string_view argument : args.subspan(std::min<std::size_t>(1, args.size())))
      define_foreign(argument);
    for (std::string argument : args.subspan(std::min<std::size_t>(1, args.size()))) {
      // Accept the form of Go programs: -port=9000.
      if (argument.size() > 2 && argument[0] == '-' && argument[1] != '-' && is_defined(argument))
        argument.insert(0, 1, '-');
      auto is_empty = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
      reversed.push_back(is_empty ? argument.substr(0, argument.size() - 1) : argument);
      if (is_empty)
        reversed.emplace_back();
    }
    std::reverse(reversed.begin(), reversed.end());
    auto last = reversed.empty() ? std::string{} : reversed.front();
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::ArgumentMismatch&) {
      return name_part(last) + " needs a value.";
    } catch (const CLI::ParseError&) {
      return "the arguments cannot be understood; abilityd --help lists them.";
    }
    return collect();
  }

private:
  void add(const std::string& name, bool is_flag) {
    known_.push_back(name);
    define(name, is_flag);
  }

  void define(const std::string& name, bool is_flag) {
    auto names = spellings(name);
    if (name == "--help" || name == "--version")
      names.insert(0, name == "--help" ? "-h," : "-v,");
    (is_flag ? app_.add_flag(names) : app_.add_option(names))->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  // Defines only names that are given: each option more makes the parser slower.
  void define_foreign(std::string_view argument) {
    argument.remove_prefix(std::min(argument.find_first_not_of('-'), argument.size()));
    std::string name{argument.substr(0, argument.find('='))};
    std::ranges::replace(name, '-', '_');
    const auto* const found = find_anycable_name(name);
    if (found == nullptr || app_.get_option_no_throw(found->flag()) != nullptr)
      return;
    define(found->flag(), found->is_flag);
    foreign_.push_back(found);
  }

  // True if the argument with one more dash is an option.
  bool is_defined(const std::string& argument) const {
    return app_.get_option_no_throw("-" + argument.substr(0, argument.find('='))) != nullptr;
  }

  std::variant<command_line, std::string> collect() {
    command_line result;
    result.help = has("--help");
    result.version = has("--version");
    if (result.help || result.version)
      return result;
    if (auto error = extras_error(); !error.empty())
      return error;
    if (auto error = collect_foreign(result); !error.empty())
      return error;
    for (const auto& name : known_)
      if (auto error = value_error(name); !error.empty())
        return error;
    result.print_config = has("--print-config");
    result.print_options_table = has("--print-options-table");
    result.ignore_config_path = has("--ignore-config-path");
    if (app_.count("--config-path") > 1)
      return "--config-path is given twice.";
    if (has("--config-path"))
      result.config_path = given("--config-path").front();
    for (const auto& group : all_options())
      for (const auto& o : group.members)
        if (auto error = collect_option(o, result); !error.empty())
          return error;
    return result;
  }

  std::string collect_foreign(command_line& result) {
    for (const auto* each : foreign_) {
      if (auto error = value_error(each->flag()); !error.empty())
        return error;
      if (has(each->flag()))
        result.foreign.push_back({each, each->flag(), given(each->flag())});
    }
    return {};
  }

  std::string collect_option(const option& o, command_line& result) {
    auto alias = o.alias_flag();
    auto by_alias = !alias.empty() && has(alias);
    if (by_alias && has(o.flag()))
      return o.flag() + " and " + alias + " are the same option, which is given twice.";
    auto used = by_alias ? alias : o.flag();
    if (o.type != value_type::list && app_.count(used) > 1)
      return used + " is given twice.";
    if (has(used))
      result.values.push_back({&o, used, given(used)});
    return {};
  }

  std::string extras_error() const {
    auto extras = app_.remaining();
    if (extras.empty())
      return {};
    if (!extras.front().starts_with('-') || extras.front() == "--")
      return "an argument belongs to no option; a value with spaces needs quotes, and true is given by the flag alone, "
             "false as --flag=false.";
    auto name = name_part(extras.front());
    if (std::find(known_.begin(), known_.end(), name) != known_.end())
      return name + " takes its value after = or a space.";
    return name + " is no option" + did_you_mean(name, known_) + "; abilityd --help lists all.";
  }

  std::string value_error(const std::string& name) const {
    for (const auto& value : given(name))
      if (value.starts_with("--"))
        return name + " needs a value, and one that begins with -- has to come from the environment or the file.";
    return {};
  }

  bool has(const std::string& name) const { return app_.count(name) > 0; }
  const std::vector<std::string>& given(const std::string& name) const { return app_.get_option(name)->results(); }

  CLI::App app_;
  std::vector<std::string> known_;
  std::vector<const anycable_name*> foreign_;
};

}  // namespace

std::variant<command_line, std::string> read_command_line(std::span<const char* const> args) {
  return argument_parser{}.parse(args);
}

}  // namespace ability
