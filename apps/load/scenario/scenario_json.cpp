#include "apps/load/scenario/scenario_json.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "apps/load/scenario/scenario_error.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/result.hpp"

namespace ability::load {
namespace {

using nlohmann::json;

/// Follows the parser to find repeated keys, of which the parser would use the last.
class place {
public:
  void on(json::parse_event_t event, const json& value) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        begin_value();
        if (levels_.size() == max_json_depth)
          throw scenario_error{"", "is nested deeper than " + std::to_string(max_json_depth)};
        levels_.push_back({.is_array = event == json::parse_event_t::array_start});
        break;
      case json::parse_event_t::key: {
        auto& level = levels_.back();
        level.key = value.get<std::string>();
        if (!level.keys.insert(level.key).second)
          throw scenario_error{path(), "is given twice"};
        break;
      }
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        levels_.pop_back();
        break;
      case json::parse_event_t::value:
        begin_value();
        break;
    }
  }

private:
  struct level {
    bool is_array = false;
    std::size_t items = 0;
    std::string key = {};
    std::set<std::string> keys = {};
  };

  void begin_value() {
    if (!levels_.empty())
      ++levels_.back().items;
  }

  std::string path() const {
    std::string out;
    for (const auto& each : levels_)
      out = each.is_array ? item_path(out, each.items - 1) : member_path(out, each.key);
    return out;
  }

  std::vector<level> levels_;
};

/// `at`: offset of the error, from 0.
scenario_error no_json(std::string_view text, std::size_t at, const std::string& why) {
  const auto before = text.substr(0, std::min(at, text.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;
  return {"line " + std::to_string(line) + ", column " + std::to_string(column), "is no JSON: " + why};
}

/// The parser's error without its own position, and without the excerpt of the text, which may be long.
std::string reason(std::string_view what) {
  what.remove_prefix(std::min(what.find(" - ") + 3, what.size()));
  return std::string{what.substr(0, what.find("; last read"))};
}

}  // namespace

std::string member_path(const std::string& parent, std::string_view key) {
  const bool plain = !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!plain)
    return parent + '[' + excerpt(key) + ']';
  return (parent.empty() ? parent : parent + '.') + std::string{key};
}

std::string item_path(const std::string& parent, std::size_t index) {
  return parent + '[' + std::to_string(index) + ']';
}

json read_json(std::string_view text) {
  // Versions of the parser differ in their words for it.
  if (text.empty())
    throw no_json(text, 0, "there is no text");
  // The parser would treat it as the end.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    throw no_json(text, nul, "there is a NUL");
  place where;
  try {
    return json::parse(text, [&where](int, json::parse_event_t event, json& value) {
      where.on(event, value);
      return true;
    });
  } catch (const json::parse_error& error) {
    throw no_json(text, error.byte == 0 ? 0 : error.byte - 1, reason(error.what()));
  } catch (const json::out_of_range&) {
    throw scenario_error{"", "holds a number that is out of range"};
  }
}

}  // namespace ability::load
