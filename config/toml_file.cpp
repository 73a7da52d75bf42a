#include "config/toml_file.hpp"

#include <algorithm>

namespace ability {
namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_in_key(char c) { return is_alphanumeric(c) || c == '_' || c == '-'; }
bool is_in_bare_value(char c) { return is_in_key(c) || c == '+' || c == '.' || c == ':'; }

constexpr std::size_t longest_key = 64;

class toml_reader {
public:
  explicit toml_reader(std::string_view text) : text_{text} {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark))
      at_ = byte_order_mark.size();
  }

  std::vector<toml_entry> entries() {
    std::vector<toml_entry> result;
    for (skip_lines(); !at_end(); skip_lines()) {
      if (peek() == '[') {
        read_section();
        continue;
      }
      const auto key = read_entry(section_, result);
      skip_blanks();
      if (!at_line_end() && !at_end())
        fail("something follows the value of " + key);
    }
    return result;
  }

private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\n' : text_[at_]; }
  bool at_line_end() const { return peek() == '\n' || text_.substr(at_).starts_with("\r\n"); }

  [[noreturn]] void fail(std::string what) const { throw toml_error{line_, std::move(what)}; }

  std::string take_while(bool (*test)(char)) {
    auto begin = at_;
    while (!at_end() && test(text_[at_]))
      ++at_;
    return std::string{text_.substr(begin, at_ - begin)};
  }

  void skip_blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\t'))
      ++at_;
    if (!at_end() && peek() == '#')
      while (!at_line_end())
        ++at_;
  }

  void skip_lines() {
    for (skip_blanks(); !at_end() && at_line_end(); skip_blanks()) {
      at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
      ++line_;
    }
  }

  // Reads [server] or [server.ssl], the section of the keys that follow.
  void read_section() {
    ++at_;
    skip_blanks();
    section_ = read_name() + '.';
    skip_blanks();
    if (peek() != ']')
      fail("a section is a name in brackets, like [server]");
    ++at_;
    skip_blanks();
    if (!at_line_end() && !at_end())
      fail("something follows a section's name");
  }

  // Does not report the name before a value follows: a file of keys given by mistake would end up in a log.
  std::string read_name() {
    auto name = take_while([](char c) { return is_in_key(c) || c == '.'; });
    if (name.size() > longest_key)
      fail("a key is longer than " + std::to_string(longest_key) + " characters");
    if (name.empty() || name.starts_with('.') || name.ends_with('.'))
      fail("a line that is no comment begins with a key, like port = 8080");
    return name;
  }

  // Reads an entry and returns its key.
  std::string read_entry(const std::string& within, std::vector<toml_entry>& into) {
    toml_entry entry;
    entry.line = line_;
    entry.key = within + read_name();
    skip_blanks();
    if (peek() != '=')
      fail("a key lacks the = and the value behind it");
    ++at_;
    skip_blanks();
    if (peek() == '{') {
      read_table(entry.key, into);
      return entry.key;
    }
    entry.is_array = peek() == '[';
    if (entry.is_array)
      entry.values = read_array(entry.key);
    else
      entry.values.push_back(read_value(entry.key));
    auto same = std::find_if(into.begin(), into.end(), [&](const auto& e) { return e.key == entry.key; });
    if (same != into.end())
      throw toml_error{entry.line, entry.key + " is given again, after line " + std::to_string(same->line)};
    into.push_back(entry);
    return entry.key;
  }

  // Reads redis = { url = "...", channel = "..." }, which must be on one line.
  void read_table(const std::string& key, std::vector<toml_entry>& into) {
    if (key.size() > longest_key)
      fail("tables stand in each other too often");
    ++at_;
    skip_blanks();
    for (bool more = peek() != '}'; more; skip_blanks()) {
      read_entry(key + '.', into);
      skip_blanks();
      more = peek() == ',';
      if (!more && peek() != '}')
        fail("the table of " + key + " lacks a , or }");
      at_ += more ? 1 : 0;
    }
    ++at_;
  }

  std::vector<std::string> read_array(const std::string& key) {
    std::vector<std::string> values;
    auto begin = line_;
    ++at_;
    for (skip_lines(); peek() != ']' || at_end(); skip_lines()) {
      if (at_end())
        throw toml_error{begin, "the array of " + key + " lacks its ]"};
      values.push_back(read_value(key));
      skip_lines();
      if (peek() == ',')
        ++at_;
      else if (peek() != ']')
        fail("the array of " + key + " lacks a , or ]");
    }
    ++at_;
    return values;
  }

  std::string read_value(const std::string& key) {
    if (peek() == '"' || peek() == '\'')
      return read_quoted(key, peek());
    auto value = take_while(is_in_bare_value);
    if (value == "true" || value == "false")
      return value;
    if (value.empty() && (at_line_end() || at_end() || peek() == '='))
      fail("a key lacks its value");
    auto next_belongs = !at_line_end() && std::string_view{" \t,]}#"}.find(peek()) == std::string_view::npos;
    if (value.empty() || next_belongs || std::string_view{"+-0123456789"}.find(value.front()) == std::string_view::npos)
      fail("the value of " + key + " needs quotes");
    // TOML allows underscores in numbers: 1_048_576.
    value.erase(std::remove(value.begin(), value.end(), '_'), value.end());
    return value;
  }

  std::string read_quoted(const std::string& key, char quote) {
    if (text_.substr(at_, 3) == std::string(3, quote))
      fail("the value of " + key + " must stand in single quotes or \" on one line");
    std::string value;
    for (++at_; peek() != quote; ++at_) {
      if (at_line_end() || at_end())
        fail("the value of " + key + " lacks its closing quote");
      if (quote == '"' && peek() == '\\') {
        ++at_;
        if (peek() != '"' && peek() != '\\')
          fail("the value of " + key + R"( has an escape other than \" and \\, which '...' would take as it is)");
      }
      value += peek();
    }
    ++at_;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::string section_;
};

}  // namespace

std::variant<std::vector<toml_entry>, toml_error> parse_toml(std::string_view text) {
  try {
    return toml_reader{text}.entries();
  } catch (const toml_error& error) {
    return error;
  }
}

}  // namespace ability
