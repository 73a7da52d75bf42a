#include "config/option_layers.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "config/option_types.hpp"

namespace ability {
namespace {

// The text between an origin and "must be ...", with the value unless it is secret.
std::string about(const given_value& given) {
  if (given.what->secret != secrecy::none)
    return " (its value is not shown) ";
  std::string text;
  for (const auto& value : given.values)
    text += (text.empty() ? "" : ",") + value;
  return " is " + quoted_excerpt(text) + ", but ";
}

}  // namespace

std::string quoted_excerpt(std::string_view text) {
  constexpr std::size_t longest = 60;
  auto cut = text.size() > longest;
  auto end = longest;
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  std::string result{text.substr(0, cut ? end : text.size())};
  for (auto& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  return '"' + result + (cut ? "...\"" : "\"");
}

const option* find_option(std::string_view name) {
  for (const auto& group : all_options())
    for (const auto& o : group.members)
      if (o.is_key(std::string{name}))
        return &o;
  return nullptr;
}

void option_layers::add(given_value given) { put(std::move(given), false); }

void option_layers::put(given_value given, bool borrowed) {
  const auto found = values_.find(given.what->name);
  if (borrowed && found != values_.end() && found->second.layer == layer_ && !found->second.borrowed)
    return;
  auto name = given.what->name;
  values_.insert_or_assign(std::move(name), value{std::move(given), layer_, borrowed});
}

void option_layers::add(const anycable_name& what, const std::string& origin, const std::vector<std::string>& values) {
  const bool is_off = what.is_flag && values.size() == 1 && to_flag(values.front()) == false;
  std::istringstream all{std::string{what.becomes}};
  for (std::string each; all >> each;) {
    const auto equals = std::min(each.find('='), each.size());
    const auto* const o = find_option(each.substr(0, equals));
    if (equals == each.size())
      put({o, origin, values}, true);
    else if (!is_off)
      put({o, origin, {each.substr(equals + 1)}}, true);
  }
  if (!what.becomes.empty())
    warn(origin, "is an old name: " + std::string{what.instead});
  else if (!what.is_quiet(values))
    warn(origin, "has no effect: " + std::string{what.instead});
}

void option_layers::warn(std::string origin, std::string advice) {
  warnings_.push_back({std::move(origin), std::move(advice)});
}

std::string option_layers::store(options& into) const {
  std::string mistake;
  for (const auto& group : all_options()) {
    for (const auto& o : group.members) {
      const auto found = values_.find(o.name);
      // The address of an application that is not called may have any form.
      if (found == values_.end() || (o.name == "rpc_host" && asks_nobody()))
        continue;
      const auto& given = found->second.given;
      const auto error = o.set(into, given.values);
      if (!error.empty() && mistake.empty())
        mistake = given.origin + about(given) + error + ".";
    }
  }
  // Both options set the log level; the later one wins.
  if (is_later("log_level", "debug"))
    into.log.debug = false;
  if (into.log.debug)
    into.log.lowest = log_level::debug;
  // anycable-go prints `none` if there is no secret. A key must not be derived from it.
  if (into.secret == "none")
    into.secret.clear();
  return mistake;
}

bool option_layers::asks_nobody() const {
  const auto found = values_.find("norpc");
  options probe;
  return found != values_.end() && found->second.given.what->set(probe, found->second.given.values).empty() &&
         probe.app_server.off;
}

bool option_layers::is_later(const char* one, const char* other) const {
  const auto first = values_.find(one);
  const auto second = values_.find(other);
  return first != values_.end() && second != values_.end() && first->second.layer > second->second.layer;
}

std::string option_layers::origin(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? flag_name(name) : found->second.given.origin;
}

}  // namespace ability
