// Tables with aligned columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {

/// One column of a table.
struct table_column {
  std::string title;
  bool is_figure = false;  ///< aligned to the right
  bool is_whole = false;   ///< never clipped, because users copy it
};

/// Collects rows and lays them out. Cells may hold any bytes; they are made printable.
class table {
public:
  /// The header is omitted if no column has a title.
  explicit table(std::vector<table_column> columns);

  /// REQUIRES one cell for each column.
  void add(std::vector<std::string> cells);

  std::size_t rows() const noexcept { return rows_.size(); }

  /// One line for the header and for each row. On a terminal, texts are clipped until a line fits, the widest first.
  /// If that is not enough, columns are omitted from the right; the header then ends with an ellipsis.
  std::vector<std::string> lines(const text_style& style) const;

  /// The lines, each followed by a newline.
  std::string text(const text_style& style) const;

private:
  std::vector<std::size_t> fitting_widths(std::size_t columns) const;

  std::vector<table_column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ability
