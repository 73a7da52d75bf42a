// The only source that includes toml++, whose headers are slow to compile.
#include "config/toml_file.hpp"

// toml++ asserts some things that an input can make false, and reports the mistake afterwards. With NDEBUG, 3.4 has the
// optimiser rely on them.
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <optional>

namespace ability {
namespace {

constexpr std::size_t longest_key = 64;
constexpr std::size_t most_dots_in_key = 64;

// Index of the last character of the string that begins at `begin`.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const std::string triple(3, quote);
  const bool is_multi_line = text.substr(begin, 3) == triple;
  for (auto i = begin + (is_multi_line ? 3 : 1); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\')
      ++i;
    else if (!is_multi_line && (text[i] == quote || text[i] == '\n'))
      return i;
    else if (is_multi_line && text.substr(i, 3) == triple)
      return std::min(text.substr(0, i + 5).find_first_not_of(quote, i + 3), i + 5) -
             1;  // at most two more belong to it
  }
  return text.size();
}

toml_error error_at(std::string_view text, std::size_t offset, std::string what) {
  const auto before = text.substr(0, offset);
  const auto line = before.substr(before.rfind('\n') + 1);
  const auto is_begin = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return {{1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
           1 + static_cast<std::size_t>(std::ranges::count_if(line, is_begin))},
          std::move(what),
          {}};
}

// Refuses two things before toml++ reads them, which bounds only the nesting of values. It frees nested tables by
// recursion, so that a key of a megabyte of dots would overflow the stack. Its test for Unicode's spaces, which no TOML
// has outside of strings, is undefined for other characters up to version 3.4.
std::optional<toml_error> error_before_parsing(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::size_t dots = 0;
  for (auto i = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'')
      i = end_of_string(text, i);
    else if (c == '#')
      i = std::min(text.find('\n', i), text.size()) - 1;
    else if (static_cast<unsigned char>(c) >= 0x80)
      return error_at(text, i, "a character that is not ASCII needs quotes around it, \" or '");
    else if (c == '.' && ++dots > most_dots_in_key)
      return error_at(text, i, "a key has more than " + std::to_string(most_dots_in_key) + " dots");
    else if (std::string_view{"\n=,[]{}"}.find(c) != std::string_view::npos)
      dots = 0;
  }
  return {};
}

// The key before the first = of a line, with the section above it. Empty if there is none.
std::string key_of_line(std::string_view text, std::size_t line) {
  const auto trimmed = [](std::string_view part) {
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    return part.substr(0, part.find_last_not_of(" \t\r") + 1);
  };
  std::string section;
  for (; line > 1; --line) {
    const auto above = trimmed(text.substr(0, text.find('\n')));
    if (above.starts_with('[') && above.ends_with(']'))
      section = std::string{trimmed(above.substr(1, above.size() - 2))} + '.';
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  text = text.substr(0, text.find('\n'));
  const auto equals = text.find('=');
  return equals == std::string_view::npos ? std::string{} : section + std::string{trimmed(text.substr(0, equals))};
}

// An error of toml++ and its text here: the innermost thing that was being read, a part of the description, the clause.
struct known_error {
  std::string_view while_parsing;
  std::string_view part;
  const char* clause;
};

constexpr auto begins_with_key = "a line that is no comment begins with a key, like port = 8080";
constexpr auto lacks_quote = "a text lacks its closing quote, or has a control character";

constexpr auto key_and_section =
    "a section has the name of a key with a value; write its keys whole and above all sections, like public_streams";

constexpr auto known_errors = std::to_array<known_error>({
    {"", "existing table", "a key or section is given again"},
    {"", "' as table", key_and_section},
    {"", " as dotted", key_and_section},
    {"", "cannot redefine", "a key or section is given again"},
    {"", "cannot insert", "a key or section is given again"},
    {"value", "maximum nested", "arrays or tables stand in each other too often"},
    {"", "representable in 64 bits", "a number is too large"},
    {"", "leading zeroes", "a number begins with 0; if it is a text, it needs quotes"},
    {"string", "unknown escape", R"(a text has an escape that TOML does not know; '...' takes a \ as it is)"},
    {"unicode", "", R"(a text has an escape that TOML does not know; '...' takes a \ as it is)"},
    {"string", "", lacks_quote},
    {"literal string", "", lacks_quote},
    {"key-value pair", "expected '='", "a key lacks the = and the value behind it"},
    {"key-value pair", "expected value", "a key lacks its value"},
    {"key-value pair", "expected a comment", "something follows a value"},
    {"key-value pair", "end-of-file", "a key lacks its = or its value"},
    {"key", "", begins_with_key},
    {"root table", "", begins_with_key},
    {"table header", "", "a section is a name in brackets, like [server]"},
    {"array", "", "an array lacks a , or its ]"},
    {"inline table", "", "a table in braces lacks a , or its }, which belongs on the same line"},
    {"comment", "", "a comment has a control character"},
    {"", "Error while parsing", "a value that is no number, true or false needs quotes"},
    {"", "", "the text is not UTF-8"},
});

// The description of toml++ itself may hold a part of a secret.
toml_error error_of(const toml::parse_error& found, std::string_view text) {
  const auto description = found.description();
  const auto is_it = [&](const known_error& each) {
    const auto scope = "Error while parsing " + std::string{each.while_parsing};
    return (each.while_parsing.empty() || description.starts_with(scope + ':') ||
            description.starts_with(scope + ' ')) &&
           description.find(each.part) != std::string_view::npos;
  };
  const auto begin = found.source().begin;
  return {{begin.line, begin.column}, std::ranges::find_if(known_errors, is_it)->clause, key_of_line(text, begin.line)};
}

std::string_view type_of(const toml::node& value) {
  switch (value.type()) {
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date and time";
    case toml::node_type::array:
      return "an array in an array";
    default:
      return "a table in an array";
  }
}

std::optional<std::string> text_of(const toml::node& value) {
  if (const auto* text = value.as_string())
    return text->get();
  if (const auto* number = value.as_integer())
    return std::to_string(number->get());
  if (const auto* flag = value.as_boolean())
    return flag->get() ? "true" : "false";
  return {};
}

void add_value(toml_entry& entry, const toml::node& value) {
  if (auto text = text_of(value))
    entry.values.push_back(std::move(*text));
  else
    entry.unusable = type_of(value);
}

// Adds the entries of a table; throws toml_error.
void add_entries(const toml::table& from, const std::string& path, std::vector<toml_entry>& into) {
  for (const auto& [key, value] : from) {
    toml_entry entry;
    entry.key = path + std::string{key.str()};
    entry.place = {key.source().begin.line, key.source().begin.column};
    if (entry.key.size() > longest_key)
      throw toml_error{entry.place, "a key is longer than " + std::to_string(longest_key) + " characters", {}};
    if (const auto* table = value.as_table()) {
      add_entries(*table, entry.key + '.', into);
      if (!table->empty())
        continue;
      entry.is_table = true;
      entry.in_braces = table->is_inline();
      entry.unusable = "a table";
      into.push_back(std::move(entry));
      continue;
    }
    if (value.is_array_of_tables())
      throw toml_error{
          entry.place, "a section is a name in single brackets, like [server], and no array of tables", {}};
    const auto* const array = value.as_array();
    entry.is_array = array != nullptr;
    if (array == nullptr)
      add_value(entry, value);
    else
      for (const auto& each : *array)
        add_value(entry, each);
    if (!entry.unusable.empty())
      entry.values.clear();
    into.push_back(std::move(entry));
  }
}

}  // namespace

std::variant<std::vector<toml_entry>, toml_error> parse_toml(std::string_view text) {
  if (auto error = error_before_parsing(text))
    return std::move(*error);
  const auto parsed = toml::parse(text);
  if (!parsed)
    return error_of(parsed.error(), text);
  std::vector<toml_entry> entries;
  try {
    add_entries(parsed.table(), {}, entries);
  } catch (const toml_error& error) {
    return error;
  }
  std::ranges::sort(entries, {}, [](const auto& each) { return std::pair{each.place.line, each.place.column}; });
  return entries;
}

}  // namespace ability
