#include "apps/abilityctl/monitor/json_facts.hpp"

#include "apps/abilityctl/terminal/human.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {

const json& value_at(const json& object, std::string_view path) {
  static const json null;
  const auto* at = &object;
  while (!path.empty()) {
    const auto key = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(key.size() + 1, path.size()));
    const auto found = at->is_object() ? at->find(key) : at->end();
    if (!at->is_object() || found == at->end())
      return null;
    at = &*found;
  }
  return *at;
}

const json& array_at(const json& object, std::string_view path) {
  static const auto none = json::array();
  const auto& value = value_at(object, path);
  return value.is_array() ? value : none;
}

std::optional<double> number_at(const json& object, std::string_view path) {
  const auto& value = value_at(object, path);
  return value.is_number() ? std::optional{value.get<double>()} : std::nullopt;
}

std::string text_at(const json& object, std::string_view path) {
  const auto& value = value_at(object, path);
  if (value.is_null())
    return unknown_figure;
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string count_at(const json& object, std::string_view path) {
  const auto& value = value_at(object, path);
  if (value.is_number_integer())
    return value.dump();
  // A counter may be written as 12.0.
  return value.is_number() ? json(static_cast<std::int64_t>(value.get<double>())).dump() : unknown_figure;
}

std::string figure_at(const json& object, std::string_view path, std::string (*human)(double)) {
  const auto value = number_at(object, path);
  return value ? human(*value) : unknown_figure;
}

std::string line_of(const json& value) {
  return printable_json(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace ability
