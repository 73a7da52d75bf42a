#include "apps/load/scenario/scenario_value.hpp"

#include <algorithm>

#include "apps/load/scenario/scenario_error.hpp"
#include "apps/load/scenario/scenario_json.hpp"
#include "config/nearest_name.hpp"
#include "config/option_types.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

namespace ability::load {
namespace {

std::string listed(const std::vector<std::string>& names, const char* last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? last : ", ") + names[i];
  return out;
}

}  // namespace

void scenario_value::fail(std::string sentence) const { throw scenario_error{path_, std::move(sentence)}; }

void scenario_value::must_be(const std::string& what) const { fail("must be " + what + ", but is " + shown()); }

void scenario_value::unknown(const char* kind, const std::string& key, const std::vector<std::string>& names) const {
  fail(std::string{"is no "} + kind + did_you_mean(key, names) + "; there " +
       (names.empty()       ? "is none here"
        : names.size() == 1 ? "is only " + names.front()
                            : "are " + listed(names, " and ")));
}

void scenario_value::only(const std::vector<std::string>& keys) const {
  for (const auto& [key, value] : members())
    if (std::ranges::find(keys, key) == keys.end())
      value.unknown("key", key, keys);
}

std::optional<scenario_value> scenario_value::find(const char* key) const {
  const auto found = value_.find(key);
  if (found == value_.end())
    return std::nullopt;
  return scenario_value{*found, member_path(path_, key)};
}

scenario_value scenario_value::at(const char* key, const char* what) const {
  if (auto found = find(key))
    return *found;
  throw scenario_error{member_path(path_, key), std::string{"is missing: "} + what};
}

std::vector<std::pair<std::string, scenario_value>> scenario_value::members() const {
  if (!value_.is_object())
    must_be("an object");
  std::vector<std::pair<std::string, scenario_value>> all;
  all.reserve(value_.size());
  for (const auto& [key, value] : value_.items())
    all.emplace_back(key, scenario_value{value, member_path(path_, key)});
  return all;
}

std::vector<scenario_value> scenario_value::items() const {
  if (!value_.is_array() || value_.empty())
    must_be("an array that is not empty");
  std::vector<scenario_value> all;
  all.reserve(value_.size());
  for (std::size_t i = 0; i < value_.size(); ++i)
    all.emplace_back(value_[i], item_path(path_, i));
  return all;
}

std::string scenario_value::text(std::size_t longest) const {
  const auto* text = value_.get_ptr<const std::string*>();
  if (text == nullptr || text->empty() || text->size() > longest ||
      std::ranges::any_of(*text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    must_be("a text of 1 to " + std::to_string(longest) + " bytes without control characters");
  return *text;
}

std::uint64_t scenario_value::whole(std::uint64_t least, std::uint64_t most) const {
  if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() < least || value_.get<std::uint64_t>() > most)
    must_be("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value_.get<std::uint64_t>();
}

double scenario_value::rate() const {
  static constexpr double least = 0.0001;
  static constexpr double most = 1'000'000;
  if (!value_.is_number() || !(value_.get<double>() >= least && value_.get<double>() <= most))
    must_be("a number from 0.0001 to 1000000");
  return value_.get<double>();
}

milliseconds scenario_value::time(milliseconds least) const {
  const auto* text = value_.get_ptr<const std::string*>();
  const auto time = text == nullptr ? std::nullopt : to_duration(*text);
  if (!time || *time < least || *time > longest_time)
    must_be(std::string{least.count() > 0 ? "a time above 0 and" : "a time of"} +
            R"( at most 24h, like "500ms", "10s", "5m" or "1h")");
  return *time;
}

time_range scenario_value::range(milliseconds least) const {
  if (!is_array()) {
    const auto time = this->time(least);
    return {time, time};
  }
  if (value_.size() != 2)
    fail("must be a time, or an array of two to draw from, but has " + std::to_string(value_.size()));
  const auto ends = items();
  const time_range range{ends[0].time(least), ends[1].time(least)};
  if (range.from > range.to)
    fail("must have the shorter time first");
  return range;
}

std::size_t scenario_value::one_of(const std::vector<std::string>& names) const {
  const auto* text = value_.get_ptr<const std::string*>();
  const auto found = text == nullptr ? names.end() : std::ranges::find(names, *text);
  if (found == names.end())
    fail("must be " + listed(names, " or ") + ", but is " + shown() +
         (text == nullptr ? std::string{} : did_you_mean(*text, names)));
  return static_cast<std::size_t>(found - names.begin());
}

std::string scenario_value::object_text() const {
  if (!value_.is_object())
    must_be("an object");
  return value_.dump();
}

std::string scenario_value::shown() const {
  if (value_.is_string())
    return excerpt(value_.get_ref<const std::string&>());
  if (value_.is_array())
    return value_.empty() ? "an empty array" : "an array";
  return value_.is_object() ? "an object" : value_.dump();
}

}  // namespace ability::load
