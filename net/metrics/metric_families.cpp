#include "net/metrics/metric_families.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>

namespace ability {

using prometheus::ClientMetric;
using prometheus::MetricType;

metric_families::metric_families() = default;
metric_families::~metric_families() = default;

void metric_families::add_counter(std::string name, std::string help, double value) {
  ClientMetric metric;
  metric.counter.value = value;
  add({std::move(name), std::move(help), MetricType::Counter, {std::move(metric)}});
}

void metric_families::add_gauge(std::string name, std::string help, double value) {
  ClientMetric metric;
  metric.gauge.value = value;
  add({std::move(name), std::move(help), MetricType::Gauge, {std::move(metric)}});
}

void metric_families::add_labelled(std::string name, std::string help, const std::string& label,
                                   const std::vector<named_total>& values) {
  prometheus::MetricFamily family{std::move(name), std::move(help), MetricType::Counter, {}};
  for (const auto& each : values) {
    ClientMetric metric;
    metric.label.push_back({label, std::string{each.name}});
    metric.counter.value = static_cast<double>(each.value);
    family.metric.push_back(std::move(metric));
  }
  add(std::move(family));
}

void metric_families::add(prometheus::MetricFamily family) { families_.push_back(std::move(family)); }

std::string metric_families::text() const { return prometheus::TextSerializer{}.Serialize(families_); }

}  // namespace ability
