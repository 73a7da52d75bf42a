// Common parts of the commands that list records.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/monitor/monitor_options.hpp"
#include "apps/abilityctl/terminal/table.hpp"

namespace ability {

/// Rows of several nodes. Each begins with its node's name if there may be more than one node.
class node_rows {
public:
  node_rows(bool with_node, std::vector<table_column> columns);
  void add(const std::string& node, std::vector<std::string> cells);
  std::string text() const;

private:
  bool with_node_;
  std::optional<table> rows_;
};

/// Options of a list that is returned in pages.
struct page_options : monitor_options {
  page_options(CLI::App& command, const char* searched);
  std::optional<ctl_result> misuse() const;

  std::string filter;
  std::string after;
  std::size_t limit = 100;
  bool all = false;
  const char* sorted_by = nullptr;  ///< key of a figure to sort by, highest first; null: the node's order
};

/// Options of a command about one record.
struct name_options : monitor_options {
  name_options(CLI::App& command, const char* what, const char* help);
  std::optional<ctl_result> misuse() const;

  std::string name;
};

/// The same with `--limit` for the rows about it.
struct name_and_limit_options : name_options {
  /// `rows`: help of `--limit`. `most`: its default.
  name_and_limit_options(CLI::App& command, const char* what, const char* help, const char* rows, int most);
  ability::json question() const;  ///< with the name and the limit

  int limit;
};

/// Lists the rows, and on standard error the number of further ones. `verb` is also the key of the rows.
ctl_result list_records(const page_options& given, const char* verb, const std::vector<table_column>& columns,
                        std::vector<std::string> (*cells)(const json& row));

}  // namespace ability
