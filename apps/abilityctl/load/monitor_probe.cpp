#include "apps/abilityctl/load/monitor_probe.hpp"

#include <chrono>
#include <utility>

#include "apps/abilityctl/monitor/json_facts.hpp"

namespace ability {
namespace {

using std::chrono::milliseconds;

constexpr int interval_ms = 250;  // two to four snapshots per look
constexpr milliseconds first_snapshot{2'000};

std::optional<load::server_sample> sample_of(const json& snapshot) {
  const auto cpu = number_at(snapshot, "cpu_s");
  const auto rss = number_at(snapshot, "rss_bytes");
  if (!cpu || !rss)
    return std::nullopt;
  return load::server_sample{.cpu_s = *cpu, .rss_bytes = static_cast<std::int64_t>(*rss)};
}

}  // namespace

monitor_probe::monitor_probe(node_address where, attach_options how) : where_{std::move(where)}, how_{std::move(how)} {}

std::optional<load::server_sample> monitor_probe::look() {
  if (!trouble_.empty() || (!node_ && !attach()))
    return std::nullopt;
  for (auto patience = newest_ ? milliseconds{0} : first_snapshot;; patience = milliseconds{0}) {
    auto item = node_->next(patience);
    switch (item.kind) {
      case feed_item::what::snapshot:
        newest_ = sample_of(item.data);
        break;
      case feed_item::what::silence:
        return newest_;
      case feed_item::what::end:
      case feed_item::what::stopped:
        fail("the node at " + to_string(where_) + " ended the feed of its monitor");
        return std::nullopt;
      case feed_item::what::events:
      case feed_item::what::unknown:
        break;
    }
  }
}

bool monitor_probe::attach() {
  auto attached = monitor_client::attach(where_, how_);
  if (!attached) {
    fail(attached.error().sentence);
    return false;
  }
  node_ = std::move(*attached);
  if (const auto watching = node_->ask("watch", {{"interval_ms", interval_ms}}); !watching) {
    fail(watching.error().sentence);
    return false;
  }
  return true;
}

void monitor_probe::fail(const std::string& sentence) {
  trouble_ = sentence;
  node_.reset();
}

}  // namespace ability
