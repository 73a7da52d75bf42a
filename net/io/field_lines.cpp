#include "net/io/field_lines.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <string>
#include <vector>

namespace ability::fly {

namespace http = boost::beast::http;

namespace {

std::string joined(const http::fields& fields, std::string_view name) {
  const auto [first, last] = fields.equal_range(name);
  if (first->name() == http::field::content_length)
    return std::string{first->value()};
  const std::string_view between = first->name() == http::field::cookie ? "; " : ", ";
  std::string all;
  for (auto line = first; line != last; ++line)
    all.append(line == first ? "" : between).append(line->value());
  return all;
}

}  // namespace

void join_lines(http::fields& fields) {
  // Beast keeps lines of one name next to each other.
  std::vector<std::string> repeated;
  const auto same_name = [](const auto& a, const auto& b) {
    return boost::beast::iequals(a.name_string(), b.name_string());
  };
  for (auto at = std::adjacent_find(fields.begin(), fields.end(), same_name); at != fields.end();
       at = std::adjacent_find(at, fields.end(), same_name)) {
    repeated.emplace_back(at->name_string());
    at = std::find_if_not(at, fields.end(), [&](const auto& each) { return same_name(each, *at); });
  }
  for (const auto& name : repeated)
    fields.set(name, joined(fields, name));
}

}  // namespace ability::fly
