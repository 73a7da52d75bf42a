#include "config/option_types.hpp"

#include <array>

#include "protocol/text/trimmed.hpp"

namespace ability {
namespace {

using std::chrono::milliseconds;

struct time_unit {
  const char* name;
  std::uint64_t length;  // milliseconds
};
constexpr std::array<time_unit, 4> time_units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

// Larger than every range, and safe to multiply by any unit.
constexpr std::uint64_t longest = 1'000'000'000;

// Formats like `from_duration`, but with a unit even for seconds.
std::string with_unit(milliseconds value) {
  auto count = static_cast<std::uint64_t>(value.count());
  for (auto& unit : time_units)
    if (count != 0 && count % unit.length == 0)
      return std::to_string(count / unit.length) + unit.name;
  return "0s";
}

}  // namespace

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<std::uint64_t> to_size(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = to_number(text.substr(0, digits));
  const auto unit = lower_case(text.substr(digits));
  if (unit.empty() || unit == "b")
    return count;
  constexpr std::string_view letters = "kmg";
  const auto power = letters.find(unit.front());
  const auto rest = std::string_view{unit}.substr(1);
  if (!count || *count > longest || power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib"))
    return std::nullopt;
  return *count << (10 * (power + 1));
}

std::optional<milliseconds> to_duration(std::string_view text) {
  auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto count = to_number(text.substr(0, digits));
  auto name = text.size() == digits ? "s" : text.substr(digits);
  auto unit = std::find_if(time_units.begin(), time_units.end(), [&](const auto& u) { return name == u.name; });
  if (!count || *count > longest || unit == time_units.end())
    return std::nullopt;
  return milliseconds{*count * unit->length};
}

std::string from_duration(milliseconds value) {
  return value.count() % 1'000 == 0 ? std::to_string(value.count() / 1'000) : std::to_string(value.count()) + "ms";
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (auto& c : lower)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  if (trimmed(text).empty())
    return parts;
  for (;;) {
    auto comma = std::min(text.find(','), text.size());
    parts.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == text.size())
      return parts;
    text.remove_prefix(comma + 1);
  }
}

option make_option(std::string name, value_type type, std::string placeholder, std::string allowed, std::string help,
                   std::function<bool(options&, const std::string&)> set,
                   std::function<std::string(const options&)> get) {
  option result;
  result.alias = name;
  result.name = std::move(name);
  result.placeholder = std::move(placeholder);
  result.allowed = std::move(allowed);
  result.help = std::move(help);
  result.type = type;
  result.set = [set = std::move(set), allowed = result.allowed](options& o, const std::vector<std::string>& values) {
    return values.size() == 1 && set(o, values.front()) ? std::string{} : "must be " + allowed;
  };
  result.get = [get = std::move(get)](const options& o) { return std::vector<std::string>{get(o)}; };
  return result;
}

option text(std::string name, const field<std::string>& where, const text_form& form, std::string help) {
  return make_option(
      std::move(name), value_type::text, form.placeholder, form.allowed, std::move(help),
      [where, fits = form.fits](options& o, const std::string& value) {
        if (!fits(value))
          return false;
        where.write(o) = value;
        return true;
      },
      [where](const options& o) { return where.read(o); });
}

option list(std::string name, const field<std::vector<std::string>>& where, const text_form& form, bool may_be_empty,
            std::string help) {
  auto result = make_option(std::move(name), value_type::list, form.placeholder, form.allowed, std::move(help), {}, {});
  result.set = [=, fits = form.fits, allowed = result.allowed](options& o, const std::vector<std::string>& values) {
    std::vector<std::string> all;
    for (const auto& value : values)
      for (auto& part : split_list(value))
        all.push_back(std::move(part));
    if ((all.empty() && !may_be_empty) || !std::all_of(all.begin(), all.end(), fits))
      return "must be " + allowed;
    where.write(o) = std::move(all);
    return std::string{};
  };
  result.get = [where](const options& o) { return where.read(o); };
  return result;
}

std::optional<bool> to_flag(std::string_view text) {
  const auto word = lower_case(text);
  if (word == "true" || word == "t" || word == "1" || word == "yes" || word == "on")
    return true;
  if (word == "false" || word == "f" || word == "0" || word == "no" || word == "off")
    return false;
  return {};
}

option flag(std::string name, const field<bool>& where, std::string help) {
  return make_option(
      std::move(name), value_type::flag, "", "true or false", std::move(help),
      [where](options& o, const std::string& value) {
        const auto parsed = to_flag(value);
        where.write(o) = parsed.value_or(false);
        return parsed.has_value();
      },
      [where](const options& o) { return where.read(o) ? "true" : "false"; });
}

option duration(std::string name, const field<milliseconds>& where, milliseconds min, milliseconds max,
                std::string help) {
  return make_option(
      std::move(name), value_type::number, "SECONDS",
      "seconds, or a number with ms, s, m or h, from " + with_unit(min) + " to " + with_unit(max), std::move(help),
      [=](options& o, const std::string& value) {
        auto parsed = to_duration(value);
        if (!parsed || *parsed < min || *parsed > max)
          return false;
        where.write(o) = *parsed;
        return true;
      },
      [where](const options& o) { return from_duration(where.read(o)); });
}

option milliseconds_or(std::string name, const field<milliseconds>& where, milliseconds min, milliseconds max,
                       std::string help) {
  return make_option(
      std::move(name), value_type::number, "MS",
      "milliseconds, or a number with ms, s, m or h, from " + with_unit(min) + " to " + with_unit(max), std::move(help),
      [=](options& o, const std::string& value) {
        const bool bare = value.find_first_not_of("0123456789") == std::string::npos;
        auto parsed = to_duration(bare ? value + "ms" : value);
        if (!parsed || *parsed < min || *parsed > max)
          return false;
        where.write(o) = *parsed;
        return true;
      },
      [where](const options& o) { return std::to_string(where.read(o).count()); });
}

}  // namespace ability
