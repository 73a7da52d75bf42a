#include "apps/load/scenario/scenario_file.hpp"

#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/load/scenario/scenario_check.hpp"
#include "apps/load/scenario/scenario_json.hpp"
#include "apps/load/scenario/scenario_steps.hpp"
#include "apps/load/scenario/scenario_value.hpp"
#include "protocol/result.hpp"

namespace ability::load {
namespace {

constexpr std::size_t max_file_size = 1 << 20;  // bytes
constexpr std::size_t max_name = 64;
constexpr std::size_t max_about = 1'000;
constexpr std::size_t max_stream_name = 200;
constexpr std::uint64_t max_streams = 100'000;
constexpr std::uint64_t max_clients = 1'000'000;
constexpr std::uint64_t max_counted = std::numeric_limits<std::uint64_t>::max();

stream_set read_streams(const std::string& name, const scenario_value& value) {
  if (value.is_text())
    return {name, value.text(max_stream_name), 1};
  if (!value.is_object())
    value.must_be("the name of a stream, or an object");
  value.only({"name", "count"});
  stream_set read{name, value.at("name", "a text, in which {n} is a number").text(max_stream_name), 1};
  if (const auto count = value.find("count"))
    read.count = count->whole(1, max_streams);
  return read;
}

on_loss read_on_loss(const scenario_value& value) {
  value.only({"reconnect"});
  return {true, value.at("reconnect", "a time, or an array of two to draw from").range(least_time)};
}

client_group read_group(const scenario_value& value, const std::vector<stream_set>& streams) {
  value.only({"name", "count", "speaks", "ramp", "at_once", "on_loss", "steps"});
  client_group read;
  read.name = value.at("name", "a text").text(max_name);
  if (const auto count = value.find("count"))
    read.count = count->whole(1, max_clients);
  if (const auto speaks = value.find("speaks")) {
    std::vector<std::string> names;
    names.reserve(transports.size());
    for (const auto each : transports)
      names.emplace_back(name_of(each));
    read.speaks = transports[speaks->one_of(names)];
  }
  if (const auto ramp = value.find("ramp"))
    read.ramp = ramp->rate();
  if (const auto at_once = value.find("at_once"))
    read.at_once = at_once->whole(1, max_clients);
  if (const auto lost = value.find("on_loss"))
    read.when_lost = read_on_loss(*lost);
  read.steps = read_steps(value.at("steps", "an array of steps"), streams);
  return read;
}

assertion read_assertion(tally what, const scenario_value& value) {
  if (!value.is_object()) {
    const auto exactly = value.whole(0, max_counted);
    return {what, exactly, exactly};
  }
  value.only({"min", "max"});
  assertion read{.what = what};
  const auto min = value.find("min");
  const auto max = value.find("max");
  if (!min && !max)
    value.fail(R"(must have "min" or "max", or be a number)");
  if (min)
    read.min = min->whole(0, max_counted);
  if (max)
    read.max = max->whole(read.min, max_counted);
  return read;
}

std::vector<assertion> read_assertions(const scenario_value& value) {
  std::vector<std::string> names;
  names.reserve(tally_count);
  for (std::size_t i = 0; i < tally_count; ++i)
    names.emplace_back(name_of(static_cast<tally>(i)));
  value.only(names);
  std::vector<assertion> read;
  for (std::size_t i = 0; i < tally_count; ++i)
    if (const auto given = value.find(names[i].c_str()))
      read.push_back(read_assertion(static_cast<tally>(i), *given));
  return read;
}

scenario read_scenario(const scenario_value& value) {
  value.only({"name", "about", "streams", "clients", "assert", "grace", "limit"});
  scenario read;
  read.name = value.at("name", "a text").text(max_name);
  if (const auto about = value.find("about"))
    read.about = about->text(max_about);
  if (const auto streams = value.find("streams"))
    for (const auto& [name, set] : streams->members())
      read.streams.push_back(read_streams(name, set));
  for (const auto& group : value.at("clients", "an array of groups of clients").items())
    read.clients.push_back(read_group(group, read.streams));
  if (const auto assertions = value.find("assert"))
    read.assertions = read_assertions(*assertions);
  else
    read.assertions = {{tally::refused, 0, 0}, {tally::lost, 0, 0}, {tally::failed_clients, 0, 0}};
  if (const auto grace = value.find("grace"))
    read.grace = grace->time(milliseconds{0});
  if (const auto limit = value.find("limit"))
    read.limit = limit->time(least_time);
  return read;
}

std::string read_scenario_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto type = std::filesystem::status(file, error).type();
  if (type == std::filesystem::file_type::not_found)
    throw scenario_error{"", "there is no such file"};
  if (type == std::filesystem::file_type::directory)
    throw scenario_error{"", "is a directory"};
  std::ifstream in{file, std::ios::binary};
  std::string text(max_file_size + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.gcount() == 0 && !in.eof())
    throw scenario_error{"", "cannot be read"};
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > max_file_size)
    throw scenario_error{"", "is larger than 1 MiB"};
  return text;
}

}  // namespace

boost::system::result<scenario, scenario_error> parse_scenario(std::string_view text) {
  try {
    const auto document = read_json(text);
    auto read = read_scenario({document, ""});
    if (auto wrong = check(read))
      return std::move(*wrong);
    return read;
  } catch (const scenario_error& wrong) {
    return wrong;
  }
}

boost::system::result<scenario, std::string> load_scenario(const std::filesystem::path& file) {
  const auto failure = [&file](const scenario_error& wrong) {
    return boost::system::result<scenario, std::string>{boost::system::in_place_error,
                                                        file.string() + ": " + wrong.text()};
  };
  try {
    auto read = parse_scenario(read_scenario_file(file));
    return read ? std::move(*read) : failure(read.error());
  } catch (const scenario_error& wrong) {
    return failure(wrong);
  }
}

}  // namespace ability::load
