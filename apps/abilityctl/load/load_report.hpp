// A load test on a terminal: how it goes, and what it gave.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "apps/load/report/run_report.hpp"

namespace ability {

/// The whole report, ready to be printed: the outcome in a sentence first.
std::string text_of(const load::run_report& report, const text_style& style);

/// What most clients met: `connection refused: 3 clients`; empty if nobody met anything.
std::string trouble_of(const load::run_report& so_far);

/// How it goes, on one line: `12 s of about 1m 00s  10,000 clients  100/s published  …`; shorter, with a bar, and
/// clipped on a terminal. `trouble` stands after the clients.
std::string line_of(const load::run_report& so_far, std::optional<double> planned_s, const text_style& style,
                    const std::string& trouble = {});

/// Shows the line: in place on a terminal; else a line each five seconds.
class load_progress {
public:
  /// `planned_s`: see `load::planned_seconds`. REQUIRES that `to` outlives it.
  load_progress(std::ostream& to, std::optional<double> planned_s) : to_{to}, planned_s_{planned_s} {}
  load_progress(const load_progress&) = delete;
  load_progress& operator=(const load_progress&) = delete;
  ~load_progress() { clear(); }

  /// `style`: of what `to` writes to, now; one without columns is no terminal.
  void show(const load::run_report& so_far, const text_style& style, const std::string& trouble = {});

  /// Takes the line off a terminal, before something else is written there.
  void clear();

private:
  std::ostream& to_;
  std::optional<double> planned_s_;
  std::size_t drawn_ = 0;  // columns of the line that stands there
  double next_s_ = 0;
};

}  // namespace ability
