#include "apps/abilityctl/terminal/table.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace ability {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 16;  // columns; texts are not clipped below this

}  // namespace

table::table(std::vector<table_column> columns) : columns_{std::move(columns)} {}

void table::add(std::vector<std::string> cells) {
  for (auto& cell : cells)
    cell = printable(cell);
  rows_.push_back(std::move(cells));
}

/// Widths of the columns that fit, counted from the left.
std::vector<std::size_t> table::fitting_widths(std::size_t columns) const {
  std::vector<std::size_t> widths;
  std::size_t all = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto width = width_of(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, width_of(row[i]));
    widths.push_back(width);
    all += width + (i > 0 ? gap : 0);
  }
  const auto can_shrink = [&](std::size_t i) {
    return !columns_[i].is_figure && !columns_[i].is_whole && widths[i] > narrowest;
  };
  while (columns > 0 && all > columns) {
    std::optional<std::size_t> widest;
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (can_shrink(i) && (!widest || widths[i] > widths[*widest]))
        widest = i;
    if (!widest)
      break;
    --widths[*widest];
    --all;
  }
  if (columns > 0 && all > columns)
    for (; widths.size() > 1 && all + gap + 1 > columns; widths.pop_back())
      all -= widths.back() + gap;
  return widths;
}

std::vector<std::string> table::lines(const text_style& style) const {
  const auto widths = fitting_widths(style.columns);
  const auto line = [&](const auto& cell_at) {
    std::string out;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const auto cell = clipped(cell_at(i), widths[i]);
      const std::string room(widths[i] - width_of(cell), ' ');
      if (i > 0)
        out.append(gap, ' ');
      out += columns_[i].is_figure ? room + cell : cell + room;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return style.columns > 0 ? clipped(out, style.columns) : out;
  };
  std::vector<std::string> out;
  if (std::any_of(columns_.begin(), columns_.end(), [](const auto& column) { return !column.title.empty(); })) {
    auto header = line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
    if (widths.size() < columns_.size())
      header = clipped(header + "  …", style.columns);
    out.push_back(style.ansi ? "\x1b[1m" + header + "\x1b[0m" : header);
  }
  for (const auto& row : rows_)
    out.push_back(line([&](std::size_t i) -> const std::string& { return row[i]; }));
  return out;
}

std::string table::text(const text_style& style) const {
  std::string out;
  for (const auto& each : lines(style))
    out += each + '\n';
  return out;
}

}  // namespace ability
