/// The metrics of one answer to a scrape, in the text format of Prometheus.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/counters.hpp"
#include "actors/node/totals.hpp"

namespace prometheus {
struct MetricFamily;  // NOLINT(readability-identifier-naming): the name is prometheus-cpp's
}

namespace ability {

/// Filled anew for each scrape, on one thread. Names of counters end in `_total`.
class metric_families {
public:
  metric_families();
  metric_families(const metric_families&) = delete;
  metric_families& operator=(const metric_families&) = delete;
  ~metric_families();

  void add_counter(std::string name, std::string help, double value);
  void add_gauge(std::string name, std::string help, double value);

  /// One counter for each of `values`, told apart by `label`, whose value is the name of each.
  void add_labelled(std::string name, std::string help, const std::string& label,
                    const std::vector<named_total>& values);

  /// The same, of an array of counters; `name_of` returns the name for an index.
  template <std::size_t N, class Name>
  void add_labelled(std::string name, std::string help, const std::string& label, const std::array<counter, N>& values,
                    Name name_of) {
    std::vector<named_total> named;
    named.reserve(N);
    for (std::size_t i = 0; i < N; ++i)
      named.push_back({name_of(i), "", values[i].get()});
    add_labelled(std::move(name), std::move(help), label, named);
  }

  void add(prometheus::MetricFamily family);

  std::string text() const;

private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace ability
