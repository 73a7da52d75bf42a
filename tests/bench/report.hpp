// Output of the bench: tables, limits beside the reached figures, and the same as JSON.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace ability::load {

/// `value` with `decimals` decimals; "-" for a value that was not measured (NaN).
std::string number(double value, int decimals);

/// Columns of text, the first aligned to the left and the others to the right.
class table {
public:
  explicit table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& out) const;

private:
  std::vector<std::vector<std::string>> rows_;
};

/// Collects the results of all scenarios.
class report {
public:
  explicit report(std::ostream& out) : out_{out} {}

  std::ostream& out() { return out_; }
  /// Starts a scenario: prints its title, returns the object for its figures, whose address stays valid.
  nlohmann::ordered_json& begin(char letter, const std::string& title);
  /// Adds a limit of the project and the reached figure; NaN when there is nothing to compare.
  void limit(char letter, const std::string& what, double at_most, double reached, int decimals, bool strictly = false);
  /// The same for a figure with a lower bound.
  void limit_from_below(char letter, const std::string& what, double at_least, double reached, int decimals);
  /// Adds a warning about this run that must not be overlooked.
  void note(const std::string& text);
  /// True once something could not be measured.
  bool failed() const { return failed_; }
  void failure(const std::string& text);

  /// Prints all limits of the run in one table.
  void print_limits();
  void describe_machine(nlohmann::ordered_json what) { machine_ = std::move(what); }
  nlohmann::ordered_json json() const;

private:
  void add_limit(char letter, const std::string& what, const std::string& limit, double bound, double reached,
                 int decimals, bool met);

  struct checked_limit {
    char letter;
    std::string what;
    std::string limit;
    std::string reached;
    std::optional<bool> met;
  };

  std::ostream& out_;
  std::vector<checked_limit> limits_;
  nlohmann::ordered_json machine_;
  // Apart from one another: an ordered object moves its members when it grows, and scenarios keep references to theirs.
  std::map<char, nlohmann::ordered_json> scenarios_;
  nlohmann::ordered_json limits_json_;
  nlohmann::ordered_json notes_;
  bool failed_ = false;
};

}  // namespace ability::load
