#include "apps/abilityctl/monitor/record_lists.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/monitor/record_pages.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

constexpr std::int64_t most_rows = 1'000'000'000;

/// Reads all rows to sort them, then keeps the requested number.
answer<json> read_sorted(monitor_client& node, page_request wanted, const page_options& given) {
  const auto most = wanted.limit;
  wanted.limit = std::numeric_limits<std::size_t>::max();
  auto page = read_pages(node, wanted);
  if (!page)
    return page;
  auto& rows = (*page)[wanted.verb];
  const auto figure = [&](const json& row) { return number_at(row, given.sorted_by).value_or(-1); };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& one, const auto& other) { return figure(one) > figure(other); });
  if (rows.size() > most)
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end());
  return page;
}

}  // namespace

node_rows::node_rows(bool with_node, std::vector<table_column> columns) : with_node_{with_node} {
  if (with_node)
    columns.insert(columns.begin(), {"NODE"});
  rows_.emplace(std::move(columns));
}

void node_rows::add(const std::string& node, std::vector<std::string> cells) {
  if (with_node_)
    cells.insert(cells.begin(), node);
  rows_->add(std::move(cells));
}

std::string node_rows::text() const { return rows_->text(text_style::of(1)); }

page_options::page_options(CLI::App& command, const char* searched) : monitor_options{command} {
  command.add_option("--filter", filter, std::string{"Only those with this text in their "} + searched)
      ->type_name("TEXT");
  command.add_option("--limit", limit, "Rows of each node, at most; --all is without a limit")
      ->type_name("N")
      ->transform(whole_within(1, most_rows, ""))
      ->capture_default_str();
  command.add_flag("--all", all, "All rows, however many");
  command.add_option("--after", after, "Go on behind a list that ended with this 'next'")->type_name("CURSOR");
}

std::optional<ctl_result> page_options::misuse() const {
  if (!is_utf8(filter) || !is_utf8(after))
    return wrong_usage("--filter and --after must be UTF-8.");
  return monitor_options::misuse();
}

name_options::name_options(CLI::App& command, const char* what, const char* help) : monitor_options{command} {
  command.add_option(what, name, help)->type_name("")->required();
}

std::optional<ctl_result> name_options::misuse() const {
  if (name.empty() || !is_utf8(name))
    return wrong_usage("the name must be UTF-8 and not empty.");
  return monitor_options::misuse();
}

name_and_limit_options::name_and_limit_options(CLI::App& command, const char* what, const char* help, const char* rows,
                                               int most)
    : name_options{command, what, help}, limit{most} {
  command.add_option("--limit", limit, rows)
      ->type_name("N")
      ->transform(whole_within(1, 1'000, ""))
      ->capture_default_str();
}

ability::json name_and_limit_options::question() const { return {{"name", name}, {"limit", limit}}; }

ctl_result list_records(const page_options& given, const char* verb, const std::vector<table_column>& columns,
                        std::vector<std::string> (*cells)(const json& row)) {
  const page_request wanted{.verb = verb,
                            .filter = given.filter,
                            .after = given.after,
                            .limit = given.all ? std::numeric_limits<std::size_t>::max() : given.limit};
  std::string more;
  auto result = ask_and_print(
      given,
      [&](monitor_client& node) {
        return given.sorted_by == nullptr ? read_pages(node, wanted) : read_sorted(node, wanted, given);
      },
      [&](const std::vector<node_answer>& got) {
        node_rows rows{given.cluster(), columns};
        for (const auto& [node, value] : got) {
          for (const auto& row : array_at(*value, verb))
            rows.add(node, cells(row));
          if (value_at(*value, "next").is_string())
            more = std::string{"there are more "} + verb + " (" + count_at(*value, "total") + " without a filter" +
                   (given.cluster() ? " at " + printable(node) : "") + "); --all lists them, --filter narrows.";
        }
        return rows.text();
      });
  if (result.err.empty())
    result.err = more;
  return result;
}

}  // namespace ability
