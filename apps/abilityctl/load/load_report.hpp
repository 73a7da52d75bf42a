// Progress and result of a load test on a terminal.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "apps/load/report/run_report.hpp"

namespace ability {

/// The whole report as text; the first line is a sentence about the outcome.
std::string text_of(const load::run_report& report, const text_style& style);

/// The most frequent error of clients: `connection refused: 3 clients`; empty if there was none.
std::string trouble_of(const load::run_report& so_far);

/// The progress on one line: `12 s of about 1m 00s  10,000 clients  100/s published  …`; on a terminal shorter, with
/// a bar, and clipped. `trouble` follows the number of clients.
std::string line_of(const load::run_report& so_far, std::optional<double> planned_s, const text_style& style,
                    const std::string& trouble = {});

/// Shows the progress: in place on a terminal, else as a line every five seconds.
class load_progress {
public:
  /// `planned_s`: see `load::planned_seconds`. REQUIRES that `to` outlives it.
  load_progress(std::ostream& to, std::optional<double> planned_s) : to_{to}, planned_s_{planned_s} {}
  load_progress(const load_progress&) = delete;
  load_progress& operator=(const load_progress&) = delete;
  ~load_progress() { clear(); }

  /// `style`: current style of `to`; a style without columns means that it is no terminal.
  void show(const load::run_report& so_far, const text_style& style, const std::string& trouble = {});

  /// Removes the line from a terminal before other output.
  void clear();

private:
  std::ostream& to_;
  std::optional<double> planned_s_;
  std::size_t drawn_ = 0;  // columns of the line on the terminal
  double next_s_ = 0;
};

}  // namespace ability
