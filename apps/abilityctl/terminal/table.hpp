// Rows in columns that are aligned.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {

/// One column of a table.
struct table_column {
  std::string title;
  bool is_figure = false;  ///< to the right
  bool is_whole = false;   ///< never clipped: it is to be copied
};

/// Gathers rows, and lays them out. Cells may hold anything: they are made printable.
class table {
public:
  /// Without any title there is no header.
  explicit table(std::vector<table_column> columns);

  /// REQUIRES one cell for each column.
  void add(std::vector<std::string> cells);

  std::size_t rows() const noexcept { return rows_.size(); }

  /// One line for the header and for each row. On a terminal, texts are clipped until a line fits, the widest first;
  /// and if that is not enough, columns are left out from the right, as an ellipsis in the header tells.
  std::vector<std::string> lines(const text_style& style) const;

  /// The lines, each with a newline behind it.
  std::string text(const text_style& style) const;

private:
  std::vector<std::size_t> fitting_widths(std::size_t columns) const;

  std::vector<table_column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ability
