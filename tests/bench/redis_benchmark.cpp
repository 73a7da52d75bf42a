#include "tests/bench/redis_benchmark.hpp"

#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace ability::load {

namespace {

constexpr std::string_view end_of_line = "\r\n";

/// Columns behind the command: requests per second, then latencies.
constexpr int figures = 7;

/// Takes a line like `*3` or `$5` from the front of `rest`.
std::size_t take_size(std::string_view& rest, char kind) {
  std::size_t size = 0;
  const auto end = rest.find(end_of_line);
  const auto line = rest.substr(0, end);
  if (end == std::string_view::npos || !line.starts_with(kind))
    throw std::invalid_argument{"not a command in RESP"};
  const auto [last, error] = std::from_chars(line.data() + 1, line.data() + line.size(), size);
  if (error != std::errc{} || last != line.data() + line.size())
    throw std::invalid_argument{"not a command in RESP"};
  rest.remove_prefix(end + end_of_line.size());
  return size;
}

}  // namespace

std::vector<std::string> words_of_command(std::string_view resp) {
  std::vector<std::string> words;
  for (auto left = take_size(resp, '*'); left > 0; --left) {
    const auto size = take_size(resp, '$');
    if (resp.size() < end_of_line.size() || size > resp.size() - end_of_line.size() ||
        resp.substr(size, end_of_line.size()) != end_of_line)
      throw std::invalid_argument{"not a command in RESP"};
    words.emplace_back(resp.substr(0, size));
    resp.remove_prefix(size + end_of_line.size());
  }
  if (!resp.empty())
    throw std::invalid_argument{"more than one command in RESP"};
  return words;
}

// The line of the command is the last one, and its figures are at the end.
std::optional<double> requests_per_second(std::string_view csv) {
  static constexpr std::string_view header = R"("test","rps",)";
  if (!csv.starts_with(header))
    return std::nullopt;
  csv.remove_suffix(csv.size() - 1 - csv.find_last_not_of("\r\n"));
  const auto line = csv.find('\n');
  if (line == std::string_view::npos || !csv.ends_with('"'))
    return std::nullopt;
  csv = csv.substr(line + 1, csv.size() - line - 2);  // without the last quotation mark
  static constexpr std::string_view between = R"(",")";
  std::string_view figure;
  for (int i = 0; i < figures; ++i) {
    const auto at = csv.rfind(between);
    if (at == std::string_view::npos)
      return std::nullopt;
    figure = csv.substr(at + between.size());
    csv = csv.substr(0, at);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(figure.data(), figure.data() + figure.size(), value);
  if (error != std::errc{} || end != figure.data() + figure.size() || value <= 0)
    return std::nullopt;
  return value;
}

}  // namespace ability::load
