#include "apps/abilityctl/watch/watch_model.hpp"

#include <algorithm>
#include <utility>

#include "apps/abilityctl/monitor/json_facts.hpp"

namespace ability {
namespace {

constexpr std::size_t most_events = 500;

constexpr std::array<const char*, watch_series_count> paths{
    "rates.deliveries",  "rates.broadcasts", "rates.messages_in", "rates.connects",
    "rates.disconnects", "rates.bytes_out",  "rates.bytes_in",    "latency.p99_ms",
};

std::int64_t whole_at(const json& object, const char* path) {
  return static_cast<std::int64_t>(number_at(object, path).value_or(0));
}

}  // namespace

void watch_model::add_node(std::string name) { nodes_.push_back({.name = std::move(name)}); }

void watch_model::take_status(std::size_t node, json status) {
  auto& which = nodes_[node];
  if (const auto& name = value_at(status, "node.name"); name.is_string())
    which.name = name.get<std::string>();
  which.status = std::move(status);
}

void watch_model::take_snapshot(std::size_t node, json snapshot) {
  auto& which = nodes_[node];
  const auto cpu = number_at(snapshot, "cpu_s"), before = number_at(which.snapshot, "cpu_s");
  const auto interval = number_at(snapshot, "interval_s");
  if (cpu && before && interval > 0)
    which.cpu = std::max(*cpu - *before, 0.0) / *interval * 100;
  for (std::size_t i = 0; i < watch_series_count; ++i) {
    auto& figures = which.history[i];
    figures.push_back(number_at(snapshot, paths[i]));
    if (figures.size() > watch_history)
      figures.pop_front();
  }
  which.snapshot = std::move(snapshot);
}

void watch_model::take_events(std::size_t node, const json& events) {
  for (auto& each : events_of(events)) {
    if (each.node.empty())
      each.node = nodes_[node].name;
    add_event(std::move(each));
  }
  if (const auto dropped = whole_at(events, "dropped"); dropped > 0)
    add_event({whole_at(events, "at_ms"), nodes_[node].name, "dropped", std::to_string(dropped) + " events", ""});
}

void watch_model::lose(std::size_t node, std::string why, std::int64_t at_ms) {
  auto& which = nodes_[node];
  add_event({at_ms, which.name, "gone", which.name, why});
  which.gone = std::move(why);
}

void watch_model::find_again(std::size_t node, std::int64_t at_ms) {
  auto& which = nodes_[node];
  which.gone.clear();
  which.snapshot = {};  // it belongs to a process that has ended
  add_event({at_ms, which.name, "back", which.name, ""});
}

void watch_model::add_event(watch_event what) {
  events_.push_back(std::move(what));
  if (events_.size() > most_events)
    events_.pop_front();
}

std::vector<std::optional<double>> watch_model::history(watch_series which) const {
  std::vector<std::optional<double>> all;
  for (const auto& node : nodes_) {
    if (!node.gone.empty())
      continue;
    const auto& figures = node.history[static_cast<std::size_t>(which)];
    // Histories are aligned at their newest figures.
    if (all.size() < figures.size())
      all.insert(all.begin(), figures.size() - all.size(), std::nullopt);
    for (std::size_t back = 1; back <= figures.size(); ++back) {
      const auto& figure = figures[figures.size() - back];
      auto& total = all[all.size() - back];
      if (figure)
        total = which == watch_series::p99 ? std::max(total.value_or(0), *figure) : total.value_or(0) + *figure;
    }
  }
  return all;
}

std::optional<double> watch_model::sum(const char* figure) const {
  std::optional<double> total;
  for (const auto& node : nodes_)
    if (const auto value = number_at(node.snapshot, figure); value && node.gone.empty())
      total = total.value_or(0) + *value;
  return total;
}

std::vector<watch_event> events_of(const json& events) {
  std::vector<watch_event> found;
  const auto& node = value_at(events, "node");
  const auto text = [](const json& of, const char* key) {
    const auto& value = value_at(of, key);
    return value.is_string() ? value.get<std::string>() : std::string{};
  };
  for (const auto& each : array_at(events, "events"))
    found.push_back({whole_at(each, "at_ms"), node.is_string() ? node.get<std::string>() : "", text(each, "kind"),
                     text(each, "subject"), text(each, "detail")});
  return found;
}

}  // namespace ability
