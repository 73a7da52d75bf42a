#include "apps/abilityctl/cli/argument_errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

namespace ability {
namespace {

const CLI::App& last_named(const CLI::App& app) {
  const auto* named = &app;
  while (!named->get_subcommands().empty())
    named = named->get_subcommands().front();
  return *named;
}

/// True if `text` looks like a name; such a text is hardly a secret.
bool is_name(std::string_view text) {
  static constexpr std::size_t longest = 20;
  return text.size() <= longest && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == text.npos;
}

bool is_number(std::string_view text) { return text.find_first_not_of("0123456789.-+") == text.npos; }

/// True if some programs accept `text` as a number, but we do not.
bool is_no_number_of_ours(std::string_view text) {
  static constexpr std::array<std::string_view, 4> texts{"", "nan", "inf", "infinity"};
  std::string word{text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0)};
  for (auto& c : word)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(texts, word) != texts.end();
}

template <class Number>
std::optional<Number> all_of(std::string_view text) {
  Number value{};
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

template <class Number>
std::string text_of(Number value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

/// A complaint such as "is 11, but must be a number of seconds from 0 to 10".
std::string complaint(const std::string& found, const char* kind, const std::string& unit, const std::string& range) {
  const bool is_shown = is_number(found) || is_no_number_of_ours(found);
  return (is_shown ? "is " + (found.empty() ? "empty" : found) + ", but must be a " + kind : "must be a number") +
         (unit.empty() ? "" : " of " + unit) + " from " + range;
}

/// The option in CLI11's error sentence.
const CLI::Option* option_in(const CLI::App& app, std::string_view sentence) {
  const CLI::Option* found = nullptr;
  for (const auto* each : last_named(app).get_options())
    // --ca is also a part of --ca-file: the longest name wins.
    if (sentence.find(each->get_name()) != sentence.npos &&
        (found == nullptr || found->get_name().size() < each->get_name().size()))
      found = each;
  return found;
}

std::string unknown_argument(const CLI::App& app) {
  for (const auto& each : last_named(app).remaining()) {
    const auto name = each.substr(0, each.find('='));
    if (name.starts_with('-') && is_name(name))
      return name + " is no option";
  }
  for (const auto& each : last_named(app).remaining())
    if (is_name(each) || is_number(each))
      return "the argument " + each + " is one too many";
  return "the last argument is one too many";
}

std::string wrong_value(const CLI::App& app, const CLI::ParseError& error) {
  const std::string sentence = error.what();
  const auto* option = option_in(app, sentence);
  if (option == nullptr)
    return "a value is not allowed";
  for (const auto* verb : {"is ", "must be "})
    if (const auto name = option->get_name() + ": "; sentence.starts_with(name + verb))
      return option->get_name() + ' ' + sentence.substr(name.size());
  const auto values = option->results();
  const bool are_numbers = std::ranges::all_of(values, is_number);
  if (!are_numbers || error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError))
    return option->get_name() + " must be a " + (are_numbers ? "whole number" : "number");
  return sentence.starts_with(option->get_name()) ? sentence : option->get_name() + ": " + sentence;
}

}  // namespace

CLI::Validator number_within(double lowest, double highest, const std::string& unit) {
  const auto range = text_of(lowest) + " to " + text_of(highest);
  return {[=](std::string& given) {
            const auto value = all_of<double>(given);
            const bool fits = value && *value >= lowest && *value <= highest;
            return fits ? std::string{} : complaint(given, "number", unit, range);
          },
          range};
}

CLI::Validator whole_within(std::int64_t lowest, std::int64_t highest, const std::string& unit) {
  const auto range = text_of(lowest) + " to " + text_of(highest);
  return {[=](std::string& given) {
            const auto value = all_of<std::int64_t>(given);
            if (!value || *value < lowest || *value > highest)
              return complaint(given, "whole number", unit, range);
            given = std::to_string(*value);  // CLI11 reads 010 as octal
            return std::string{};
          },
          range};
}

std::string unknown_subcommand(const CLI::App& app) {
  const auto& named = last_named(app);
  const auto others = named.remaining();
  if (named.get_subcommands([](const CLI::App*) { return true; }).empty() || others.empty() ||
      others.front().starts_with('-'))
    return {};
  return (is_name(others.front()) ? others.front() : "that") + " is no subcommand";
}

std::string reason_of(const CLI::App& app, const CLI::ParseError& error) {
  switch (static_cast<CLI::ExitCodes>(error.get_exit_code())) {
    case CLI::ExitCodes::RequiredError: {
      const auto unknown = unknown_subcommand(app);
      return unknown.empty() ? error.what() : unknown;
    }
    case CLI::ExitCodes::ExtrasError:
      return unknown_argument(app);
    case CLI::ExitCodes::ArgumentMismatch: {
      const auto* option = option_in(app, error.what());
      return (option == nullptr ? "an option" : option->get_name()) + " needs one value";
    }
    case CLI::ExitCodes::ConversionError:
    case CLI::ExitCodes::ValidationError:
      return wrong_value(app, error);
    default:
      return "the arguments cannot be understood";
  }
}

}  // namespace ability
