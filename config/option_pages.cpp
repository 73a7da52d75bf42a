#include "config/option_pages.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "config/option.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

constexpr std::size_t width = 110;

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string result;
  for (const auto& part : parts) {
    if (!result.empty())
      result += between;
    result += part;
  }
  return result;
}

// Breaks `text` into lines of at most `width` columns. The first line continues `first`, the others begin with
// `rest`.
std::string wrapped(std::string_view text, std::string first, const std::string& rest) {
  std::string result;
  auto line = std::move(first);
  auto is_empty = true;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    if (!is_empty && line.size() + 1 + end > width) {
      result += line + "\n";
      line = rest;
      is_empty = true;
    }
    line += (is_empty ? "" : " ") + std::string{text.substr(0, end)};
    is_empty = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + line + "\n";
}

// The option's help as a sentence.
std::string meaning(const option& o) {
  auto text = o.help + ".";
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// Default, unit and range as a sentence, followed by the other names.
std::string facts(const option& o, const std::string& value) {
  auto range = o.type == value_type::flag ? "" : "; " + o.allowed;
  auto alias = o.alias_flag().empty() ? "" : " Also " + o.alias_flag() + ".";
  return "Default " + value + range + "." + alias + " [" + joined(o.environment(), ", ") + "]";
}

std::string default_text(const option& o) {
  auto text = joined(o.get(options{}), ",");
  return text.empty() ? "\"\"" : text;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (auto c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

// Escapes `character`, which has a meaning in Markdown.
std::string escaped(std::string_view text, char character) {
  std::string result;
  for (auto c : text) {
    if (c == character)
      result += '\\';
    result += c;
  }
  return result;
}

std::string toml_value(const option& o, const std::vector<std::string>& values) {
  std::vector<std::string> elements;
  for (const auto& value : values) {
    auto is_bare = o.type == value_type::flag ||
                   (o.type == value_type::number && std::isalpha(static_cast<unsigned char>(value.back())) == 0);
    elements.push_back(is_bare ? value : quoted(value));
  }
  return o.type == value_type::list ? "[" + joined(elements, ", ") + "]" : joined(elements, "");
}

// A URL without its login, else only `<hidden>`.
std::string hidden(const option& o, const options& values) {
  auto text = o.get(values).front();
  if (o.secret == secrecy::value)
    return "<hidden>";
  auto login = text.find("://") + 3;
  return text.substr(0, login) + "<hidden>" + text.substr(text.rfind('@'));
}

std::string toml_line(const option& o, const options& values) {
  if (!is_utf8(joined(o.get(values), ",")))
    return "# " + o.name + " = \"\"  # is set, and not shown: no file can hold what is not UTF-8\n";
  if (!o.holds_secret(values))
    return o.name + " = " + toml_value(o, o.get(values)) + "\n";
  return "# " + o.name + " = " + toml_value(o, {hidden(o, values)}) + "  # is set, and not shown\n";
}

}  // namespace

std::string help_page() {
  const std::string indent(32, ' ');
  auto page = wrapped(
      "abilityd holds the connections of browsers and devices, and routes each published message to all of them that "
      "follow its stream.",
      "", "");
  page += "\nUsage: abilityd [OPTION]...\n\n";
  page += wrapped(
      "Each option is also an environment variable (in brackets; the first that is set counts) and a key in a file "
      "(max_conn for --max-conn). The command line goes before the environment, the environment before the file. A "
      "secret on the command line can be seen by every user of the machine; better set it in the environment or file.",
      "", "");
  for (const auto& group : all_options()) {
    page += "\n" + group.title + ":\n";
    for (const auto& o : group.members) {
      auto head = "  " + o.flag() + (o.placeholder.empty() ? "" : " " + o.placeholder);
      if (head.size() + 2 > indent.size()) {
        page += head + "\n";
        head.clear();
      }
      head.resize(indent.size(), ' ');
      page += wrapped(meaning(o), head, indent) + wrapped(facts(o, default_text(o)), indent, indent);
    }
  }
  page += R"(
Other:
  --config-path FILE            File with settings. Default: the first that there is of ./abilityd.toml,
                                /etc/ability/abilityd.toml, ./anycable.toml, /etc/anycable/anycable.toml.
                                [ABILITY_CONFIG_PATH, ANYCABLE_CONFIG_PATH]
  --ignore-config-path          Read no file.
  --print-config                Print the settings in effect as such a file, secrets hidden, and end.
  -v, --version                 Print the version and end.
  -h, --help                    Print this page and end.

Examples:
  abilityd --public
      Anyone may connect to ws://localhost:8080/cable, follow any stream and publish to it, for instance by
      curl -X POST localhost:8080/_broadcast -d '{"stream":"news","data":"{\"text\":\"hello\"}"}'
  ABILITY_SECRET=... abilityd --host 0.0.0.0 --ssl-cert chain.pem --ssl-key key.pem
      Serve all interfaces by TLS, with keys derived from one secret.
  ABILITY_REDIS_URL=redis://:password@localhost:6379/1 abilityd --public
      Take broadcasts from Redis as well.
  abilityd --print-config > abilityd.toml
      A file to start from, with every key explained.
)";
  return page;
}

std::string config_page(const options& values) {
  auto page = wrapped(
      "Settings of abilityd, as abilityd --print-config prints them. A key left out has its default. The environment "
      "goes before this file (its variables stand in brackets), and the command line before both. A section stands for "
      "the beginning of its keys: listen below [cluster] is cluster_listen. Sections come after all other keys.",
      "# ", "# ");
  for (const auto& group : all_options()) {
    page += "\n# --- " + group.title + " ---\n";
    for (const auto& o : group.members) {
      page += "\n" + wrapped(meaning(o), "# ", "# ");
      page += wrapped(facts(o, toml_value(o, o.get(options{}))), "# ", "# ");
      page += toml_line(o, values);
    }
  }
  return page;
}

std::string options_table() {
  std::string table = "| option | environment | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& group : all_options()) {
    for (const auto& o : group.members) {
      auto value = o.placeholder.empty() ? "" : " " + o.placeholder;
      auto name = "`" + escaped(o.flag() + value, '|') + "`";
      if (!o.alias_flag().empty())
        name += "<br>`" + o.alias_flag() + "`";
      auto allowed = o.type == value_type::flag ? "" : " Allowed: " + o.allowed + ".";
      table += "| " + joined({name, "`" + joined(o.environment(), "`<br>`") + "`", "`" + default_text(o) + "`",
                              escaped(meaning(o) + allowed, '*')},
                             " | ");
      table += " |\n";
    }
  }
  return table;
}

}  // namespace ability
