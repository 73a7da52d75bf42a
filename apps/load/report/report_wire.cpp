#include "apps/load/report/report_wire.hpp"

#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>
#include <type_traits>

namespace ability::load {
namespace {

using nlohmann::json;

// -- members of each struct, in this order, for both directions ---

template <class T, class Struct>
concept maybe_const = std::same_as<std::remove_const_t<T>, Struct>;

auto parts_of(maybe_const<server_sample> auto& x) { return std::tie(x.cpu_s, x.rss_bytes, x.descriptors); }

auto parts_of(maybe_const<second> auto& x) {
  return std::tie(x.number, x.at_s, x.connections, x.counted, x.latency, x.lag_ns, x.generator_cores, x.server,
                  x.is_rest);
}

auto parts_of(maybe_const<group_report> auto& x) {
  return std::tie(x.name, x.speaks, x.clients, x.completed, x.troubles);
}

auto parts_of(maybe_const<assertion> auto& x) { return std::tie(x.what, x.min, x.max); }

auto parts_of(maybe_const<assertion_result> auto& x) { return std::tie(x.what, x.actual, x.held); }

auto parts_of(maybe_const<run_report> auto& x) {
  return std::tie(x.scenario, x.about, x.target, x.began_ms, x.lasted_s, x.machine, x.processes, x.lanes, x.ended,
                  x.notes, x.total, x.latency, x.unhurried, x.connect, x.subscribe, x.publish, x.lateness, x.lag,
                  x.bytes_received, x.groups, x.seconds, x.assertions, x.server_before, x.server_after);
}

template <class T>
concept has_parts = requires(T& x) {
  parts_of(x);
};

template <class T>
concept plain = std::same_as<T, bool> || std::integral<T> || std::floating_point<T> || std::same_as<T, std::string>;

constexpr std::uint64_t last_of(transport) { return static_cast<std::uint64_t>(transports.back()); }
constexpr std::uint64_t last_of(outcome) { return static_cast<std::uint64_t>(outcome::interrupted); }
constexpr std::uint64_t last_of(tally) { return tally_count - 1; }

// -- writing ---

json made(const plain auto& x) { return x; }

template <class T>
requires std::is_enum_v<T> json made(T x) { return static_cast<std::uint64_t>(x); }

json made(const tallies& x) { return x; }

json made(const histogram& x) {
  auto all = json::array({x.min(), x.max(), x.sum()});
  for (const auto& each : x.buckets()) {
    all.push_back(each.index);
    all.push_back(each.count);
  }
  return all;
}

json made(const std::map<std::string, std::uint64_t>& x) {
  auto all = json::array();  // not an object: two texts may become equal by the conversion to UTF-8
  for (const auto& [text, count] : x)
    all.push_back(json::array({text, count}));
  return all;
}

json made(const has_parts auto& x);

template <class T>
json made(const std::optional<T>& x) {
  return x ? made(*x) : json{};
}

template <class T>
json made(const std::vector<T>& x) {
  auto all = json::array();
  for (const auto& each : x)
    all.push_back(made(each));
  return all;
}

json made(const has_parts auto& x) {
  auto all = json::array();
  std::apply([&](const auto&... part) { (all.push_back(made(part)), ...); }, parts_of(x));
  return all;
}

// -- reading: false for an invalid value ---

bool take(const json& from, bool& x) {
  x = from.is_boolean() && from.get<bool>();
  return from.is_boolean();
}

bool take(const json& from, std::string& x) {
  if (from.is_string())
    x = from.get_ref<const std::string&>();
  return from.is_string();
}

bool take(const json& from, std::unsigned_integral auto& x) {
  if (from.is_number_unsigned())
    x = from.get<std::uint64_t>();
  return from.is_number_unsigned();
}

bool take(const json& from, std::int64_t& x) {
  const bool fits = from.is_number_unsigned() ? from.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max()
                                              : from.is_number_integer();
  if (fits)
    x = from.get<std::int64_t>();
  return fits;
}

bool take(const json& from, double& x) {
  if (from.is_number())
    x = from.get<double>();
  return from.is_number();
}

template <class T>
requires std::is_enum_v<T>
bool take(const json& from, T& x) {
  std::uint64_t number = 0;
  if (!take(from, number) || number > last_of(T{}))
    return false;
  x = static_cast<T>(number);
  return true;
}

bool take(const json& from, tallies& x) {
  bool good = from.is_array() && from.size() == x.size();
  for (std::size_t i = 0; good && i < x.size(); ++i)
    good = take(from[i], x[i]);
  return good;
}

bool take(const json& from, histogram& x) {
  std::int64_t min = 0;
  std::int64_t max = 0;
  double sum = 0;
  if (!from.is_array() || from.size() < 3 || from.size() % 2 == 0 || !take(from[0], min) || !take(from[1], max) ||
      !take(from[2], sum))
    return false;
  x.clear();
  for (std::size_t i = 3; i < from.size(); i += 2) {
    std::uint64_t index = 0;
    std::uint64_t count = 0;
    const auto before = x.count();
    if (!take(from[i], index) || !take(from[i + 1], count))
      return false;
    x.add(index, count);
    if (x.count() <= before)  // invalid or empty bucket
      return false;
  }
  if (min < 0 || max < min || (x.count() == 0 && max > 0))
    return false;
  x.sharpen(min, max, sum);
  return true;
}

bool take(const json& from, std::map<std::string, std::uint64_t>& x) {
  x.clear();
  if (!from.is_array())
    return false;
  for (const auto& each : from) {
    std::string text;
    std::uint64_t count = 0;
    if (!each.is_array() || each.size() != 2 || !take(each[0], text) || !take(each[1], count))
      return false;
    x[text] += count;
  }
  return true;
}

bool take(const json& from, has_parts auto& x);

template <class T>
bool take(const json& from, std::optional<T>& x) {
  x.reset();
  return from.is_null() || take(from, x.emplace());
}

template <class T>
bool take(const json& from, std::vector<T>& x) {
  x.clear();
  bool good = from.is_array();
  for (std::size_t i = 0; good && i < from.size(); ++i)
    good = take(from[i], x.emplace_back());
  return good;
}

bool take(const json& from, has_parts auto& x) {
  return std::apply(
      [&](auto&... part) {
        std::size_t next = 0;
        return from.is_array() && from.size() == sizeof...(part) && (take(from[next++], part) && ...);
      },
      parts_of(x));
}

}  // namespace

std::string to_wire(const run_report& report) {
  return made(report).dump(-1, ' ', false, json::error_handler_t::replace);
}

boost::system::result<run_report, std::string> from_wire(std::string_view line) {
  // Name the error explicitly: a C++20 aggregate can be made from a string, so the result would be ambiguous.
  constexpr auto error = boost::system::in_place_error;
  const auto document = json::parse(line, nullptr, false);
  if (document.is_discarded())
    return {error, "a process of the generator gave no whole report: it is cut short, or no JSON"};
  run_report report;
  if (!take(document, report))
    return {error, "a process of the generator gave JSON that is no report of this version"};
  return report;
}

}  // namespace ability::load
