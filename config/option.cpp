#include "config/option.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace ability {
namespace {

std::string variable_name(const std::string& prefix, const std::string& name) {
  auto result = prefix;
  for (auto c : name)
    result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

option option::ours() && {
  alias.clear();
  return std::move(*this);
}

option option::anycable_calls_it(std::string other) && {
  alias = std::move(other);
  return std::move(*this);
}

option option::also_from(std::string environment_variable) && {
  variable = std::move(environment_variable);
  return std::move(*this);
}

option option::zero_is(std::string value) && {
  allowed += ", or 0, which is " + value;
  set = [inner = std::move(set), allowed = allowed, value = std::move(value)](options& o,
                                                                              const std::vector<std::string>& values) {
    const bool is_zero = values.size() == 1 && values.front() == "0";
    return inner(o, is_zero ? std::vector{value} : values).empty() ? std::string{} : "must be " + allowed;
  };
  return std::move(*this);
}

option option::hide(secrecy what) && {
  secret = what;
  return std::move(*this);
}

std::string option::flag() const { return flag_name(name); }

std::string option::alias_flag() const { return alias.empty() || alias == name ? std::string{} : flag_name(alias); }

std::vector<std::string> option::environment() const {
  std::vector<std::string> names{variable_name("ABILITY_", name)};
  if (!alias.empty())
    names.push_back(variable_name("ANYCABLE_", alias));
  if (!variable.empty())
    names.push_back(variable);
  return names;
}

bool option::holds_secret(const options& o) const {
  auto values = get(o);
  auto value = values.empty() ? std::string{} : values.front();
  switch (secret) {
    case secrecy::none:
      return false;
    case secrecy::value:
      return !value.empty() && value != "none";
    case secrecy::url_login:
      return value.find('@') != std::string::npos;
  }
  return true;
}

std::string flag_name(const std::string& name) {
  auto result = "--" + name;
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

}  // namespace ability
