#include "apps/load/run/part_talk.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "apps/load/report/report_wire.hpp"

namespace ability::load {

namespace {

// A line consists of numbers, each followed by a space, and a text.
void append_number(std::string& line, std::int64_t number) {
  line += std::to_string(number);
  line += ' ';
}

std::optional<std::int64_t> take_number(std::string_view& line) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (fault != std::errc{} || end == line.data() + line.size() || *end != ' ')
    return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  return number;
}

constexpr auto error = boost::system::in_place_error;

}  // namespace

std::string to_wire(const part_order& order) {
  std::string line;
  append_number(line, static_cast<std::int64_t>(order.what));
  append_number(line, static_cast<std::int64_t>(order.meet));
  append_number(line, order.at_ns);
  append_number(line, order.is_failure ? 1 : 0);
  return line + order.why;
}

boost::system::result<part_order, std::string> order_from_wire(std::string_view line) {
  const auto what = take_number(line);
  const auto meet = what ? take_number(line) : std::nullopt;
  const auto at = meet ? take_number(line) : std::nullopt;
  const auto is_failure = at ? take_number(line) : std::nullopt;
  if (!is_failure || *what < 0 || *what > static_cast<std::int64_t>(part_order::kind::dismiss))
    return {error, "no order of this version"};
  return part_order{static_cast<part_order::kind>(*what), static_cast<std::size_t>(*meet), *at, *is_failure != 0,
                    std::string{line}};
}

std::string to_wire(const part_news& news) {
  std::string line;
  append_number(line, static_cast<std::int64_t>(news.what));
  append_number(line, static_cast<std::int64_t>(news.meet));
  if (news.what == part_news::kind::counted || news.what == part_news::kind::ended)
    line += to_wire(news.report);
  return line;
}

boost::system::result<part_news, std::string> news_from_wire(std::string_view line) {
  const auto what = take_number(line);
  const auto meet = what ? take_number(line) : std::nullopt;
  if (!meet || *what < 0 || *what > static_cast<std::int64_t>(part_news::kind::ended))
    return {error, "no news of this version"};
  part_news news{static_cast<part_news::kind>(*what), static_cast<std::size_t>(*meet), {}};
  if (!line.empty()) {
    auto report = from_wire(line);
    if (!report)
      return {error, report.error()};
    news.report = std::move(*report);
  }
  return news;
}

}  // namespace ability::load
