#include "tests/bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ability::load {

namespace {

/// Characters, not bytes: UTF-8's continuation bytes take no column.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string number(double value, int decimals) {
  if (std::isnan(value))
    return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

void table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - width(row[i]), ' ');
      line += i == 0 ? " " + row[i] + gap : "  " + gap + row[i];
    }
    out << line.erase(line.find_last_not_of(' ') + 1) << '\n';
  }
}

nlohmann::ordered_json& report::begin(char letter, const std::string& title) {
  out_ << '\n' << letter << ". " << title << '\n' << std::flush;  // shows the progress
  auto& place = scenarios_[letter];
  place["title"] = title;
  return place;
}

void report::limit(char letter, const std::string& what, double at_most, double reached, int decimals, bool strictly) {
  add_limit(letter, what, (strictly ? "< " : "≤ ") + number(at_most, decimals), at_most, reached, decimals,
            strictly ? reached < at_most : reached <= at_most);
}

void report::limit_from_below(char letter, const std::string& what, double at_least, double reached, int decimals) {
  add_limit(letter, what, "≥ " + number(at_least, decimals), at_least, reached, decimals, reached >= at_least);
}

void report::add_limit(char letter, const std::string& what, const std::string& limit, double bound, double reached,
                       int decimals, bool met) {
  checked_limit row{letter, what, limit, number(reached, decimals), {}};
  if (!std::isnan(bound) && !std::isnan(reached))
    row.met = met;
  auto& place = limits_json_.emplace_back();
  place["scenario"] = std::string{letter};
  place["what"] = what;
  place["limit"] = limit;
  place["reached"] = reached;
  if (row.met)
    place["met"] = *row.met;
  limits_.push_back(std::move(row));
}

void report::note(const std::string& text) {
  out_ << "  ! " << text << '\n';
  notes_.push_back(text);
}

void report::failure(const std::string& text) {
  failed_ = true;
  note(text);
}

nlohmann::ordered_json report::json() const {
  nlohmann::ordered_json all;
  all["machine"] = machine_;
  for (const auto& [letter, place] : scenarios_)
    all["scenarios"][std::string{letter}] = place;
  if (!limits_json_.is_null())
    all["limits"] = limits_json_;
  if (!notes_.is_null())
    all["notes"] = notes_;
  return all;
}

void report::print_limits() {
  if (limits_.empty())
    return;
  out_ << "\nLimits beside what abilityd reached (the middle of the rounds)\n";
  table limits{{"", "limit", "reached", ""}};
  for (const auto& row : limits_)
    limits.add({std::string{row.letter} + "  " + row.what, row.limit, row.reached,
                !row.met   ? "not measured"
                : *row.met ? "yes"
                           : "NO"});
  limits.print(out_);
}

}  // namespace ability::load
