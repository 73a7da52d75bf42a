#include "apps/abilityctl/watch/watch_view.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/terminal/human.hpp"
#include "apps/abilityctl/terminal/sparkline.hpp"
#include "apps/abilityctl/terminal/table.hpp"

namespace ability {
namespace {

constexpr const char* bold = "\x1b[1m";
constexpr const char* dim = "\x1b[2m";
constexpr const char* cyan = "\x1b[36m";
constexpr const char* red = "\x1b[31m";
constexpr const char* yellow = "\x1b[33m";
constexpr const char* plain = "\x1b[0m";

/// A line that never exceeds the style's width.
class canvas_line {
public:
  explicit canvas_line(const text_style& style) : ansi_{style.ansi}, room_{style.columns} {}

  canvas_line& put(std::string_view text, const char* look = nullptr) {
    const auto fitting = clipped(text, room_);
    room_ -= width_of(fitting);
    out_ += look != nullptr && ansi_ ? look + fitting + plain : fitting;
    return *this;
  }

  /// Aligns `text` to the right in a field of `width` columns.
  canvas_line& put_right(const std::string& text, std::size_t width, const char* look = nullptr) {
    const auto used = width_of(text);
    return put(std::string(width > used ? width - used : 0, ' ')).put(text, look);
  }

  std::string take() { return std::move(out_); }
  std::size_t room() const noexcept { return room_; }

private:
  bool ansi_;
  std::size_t room_;
  std::string out_;
};

std::string per_second(double value) { return human_number(value) + "/s"; }
std::string bytes_per_second(double value) { return human_bytes(value) + "/s"; }

struct drawn_series {
  watch_series which;
  const char* label;
  std::string (*human)(double);
};

constexpr drawn_series drawn[] = {
    {watch_series::deliveries, "deliveries", per_second},   {watch_series::broadcasts, "broadcasts", per_second},
    {watch_series::messages_in, "messages in", per_second}, {watch_series::connects, "connects", per_second},
    {watch_series::disconnects, "disconnects", per_second}, {watch_series::bytes_out, "bytes out", bytes_per_second},
    {watch_series::bytes_in, "bytes in", bytes_per_second}, {watch_series::p99, "latency p99", human_milliseconds},
};

std::string human_or_unknown(const std::optional<double>& value, std::string (*human)(double)) {
  return value ? human(*value) : unknown_figure;
}

std::string percent(double value) { return human_number(value) + "%"; }

std::string count(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

const char* look_of_state(const std::string& state) { return state == "running" ? nullptr : yellow; }

std::optional<double> cpu_of(const watch_model& model) {
  std::optional<double> total;
  for (const auto& node : model.nodes())
    if (node.cpu && node.gone.empty())
      total = total.value_or(0) + *node.cpu;
  return total;
}

// -- parts of the screen, from top to bottom ---

// A part of a line. If room is short, parts are omitted from the highest rank down; rank 0 always stays.
struct title_part {
  std::string text;
  const char* look = nullptr;
  int rank = 0;
};

std::string title_of(std::vector<title_part> parts, const watch_frame& frame) {
  const auto width = [&] {
    std::size_t all = 2 * (parts.size() - 1);
    for (const auto& each : parts)
      all += width_of(each.text);
    return all;
  };
  while (width() > frame.style.columns) {
    const auto least = std::ranges::max_element(parts, {}, &title_part::rank);
    if (least->rank == 0)
      break;
    parts.erase(least);
  }
  canvas_line line{frame.style};
  for (bool first = true; const auto& each : parts)
    line.put(std::exchange(first, false) ? "" : "  ").put(each.text, each.look);
  return line.take();
}

std::string title_of_node(const watched_node& node, const watch_frame& frame) {
  const auto& of = node.status;
  const auto state = node.gone.empty() ? text_at(of, "state") : "gone, dialled again";
  const auto address = text_at(of, "node.address");
  std::vector<title_part> parts{{printable(node.name), bold}};
  if (address != node.name)
    parts.push_back({printable(address), nullptr, 3});
  parts.push_back({printable(state), node.gone.empty() ? look_of_state(state) : red});
  parts.push_back({"up " + figure_at(of, "node.uptime_s", human_seconds), nullptr, 1});
  parts.push_back({printable(text_at(of, "node.version")) + " pid " + count_at(of, "node.pid"), nullptr, 4});
  parts.push_back({human_clock(frame.now_ms), nullptr, 2});
  parts.push_back({"q quits", dim});
  return title_of(std::move(parts), frame);
}

std::string title_of_cluster(const watch_model& model, const watch_frame& frame) {
  const auto there =
      std::count_if(model.nodes().begin(), model.nodes().end(), [](const auto& node) { return node.gone.empty(); });
  const auto gone = static_cast<std::ptrdiff_t>(model.nodes().size()) - there;
  canvas_line line{frame.style};
  line.put("cluster", bold).put("  " + std::to_string(there) + (there == 1 ? " node" : " nodes"));
  if (gone > 0)
    line.put("  ").put(std::to_string(gone) + " gone", red);
  line.put("  " + human_clock(frame.now_ms)).put("  q quits", dim);
  return line.take();
}

// The totals, in as many lines as they need.
std::vector<std::string> totals(const watch_model& model, const watch_frame& frame) {
  std::vector<std::string> lines;
  canvas_line line{frame.style};
  const auto put = [&](const std::string& label, const std::string& value) {
    const auto width = width_of(label) + 1 + width_of(value);
    const bool first = line.room() == frame.style.columns;
    if (!first && width + 2 > line.room())
      lines.push_back(std::exchange(line, canvas_line{frame.style}).take());
    else if (!first)
      line.put("  ");
    line.put(label + ' ', dim).put(value, bold);
  };
  put("connections", human_or_unknown(model.sum("connections"), count));
  put("streams", human_or_unknown(model.sum("streams"), count));
  put("pending", human_or_unknown(model.sum("pending_broadcasts"), count));
  put("memory", human_or_unknown(model.sum("rss_bytes"), human_bytes));
  put("cpu", human_or_unknown(cpu_of(model), percent));
  if (!frame.cluster) {
    const auto& last = model.nodes().front().snapshot;
    put("p50", figure_at(last, "latency.p50_ms", human_milliseconds));
    put("p90", figure_at(last, "latency.p90_ms", human_milliseconds));
  }
  lines.push_back(line.take());
  return lines;
}

std::string drawn_line(const watch_model& model, const drawn_series& series, const watch_frame& frame) {
  const auto figures = model.history(series.which);
  const auto last = figures.empty() ? unknown_figure : human_or_unknown(figures.back(), series.human);
  canvas_line line{frame.style};
  line.put(series.label, dim).put_right(last, 24 - width_of(series.label)).put("  ");
  line.put(sparkline(figures, std::min(line.room(), watch_history)), cyan);
  return line.take();
}

std::vector<std::string> links(const watched_node& node, const watch_frame& frame) {
  const auto& known = array_at(node.nodes, "nodes");
  if (known.size() < 2)
    return {};
  table rows{{{"NODE"},
              {"STATE"},
              {"SINCE", true},
              {"STREAMS", true},
              {"SENT", true},
              {"RECEIVED", true},
              {"WAITING", true},
              {"LOST", true},
              {"ROUND TRIP", true}}};
  for (const auto& each : known)
    rows.add({text_at(each, "name"), text_at(each, "state"), figure_at(each, "since_s", human_seconds),
              count_at(each, "streams"), count_at(each, "sent"), count_at(each, "received"),
              figure_at(each, "waiting_bytes", human_bytes), count_at(each, "lost"),
              figure_at(each, "round_trip_ms", human_milliseconds)});
  auto lines = rows.lines(frame.style);
  for (std::size_t i = 0; i < known.size(); ++i)
    if (frame.style.ansi && text_at(known[i], "state") == "lost")
      lines[i + 1] = red + lines[i + 1] + plain;
  return lines;
}

std::vector<std::string> members(const watch_model& model, const watch_frame& frame) {
  table rows{{{"NODE"},
              {"STATE"},
              {"CONNECTIONS", true},
              {"STREAMS", true},
              {"DELIVERIES", true},
              {"P99", true},
              {"CPU", true},
              {"MEMORY", true},
              {"BROADCASTS", true},
              {"UP", true}}};
  for (const auto& node : model.nodes())
    rows.add(
        {node.name, node.gone.empty() ? text_at(node.status, "state") : "gone", count_at(node.snapshot, "connections"),
         count_at(node.snapshot, "streams"), figure_at(node.snapshot, "rates.deliveries", per_second),
         figure_at(node.snapshot, "latency.p99_ms", human_milliseconds), human_or_unknown(node.cpu, percent),
         figure_at(node.snapshot, "rss_bytes", human_bytes), figure_at(node.snapshot, "rates.broadcasts", per_second),
         figure_at(node.status, "node.uptime_s", human_seconds)});
  auto lines = rows.lines(frame.style);
  for (std::size_t i = 0; i < model.nodes().size(); ++i)
    if (frame.style.ansi && !model.nodes()[i].gone.empty())
      lines[i + 1] = red + lines[i + 1] + plain;
  return lines;
}

std::vector<std::string> last_events(const watch_model& model, const watch_frame& frame, std::size_t room) {
  table rows{std::vector<table_column>(frame.cluster ? 5 : 4)};
  const auto& all = model.events();
  for (auto i = all.size() - std::min(all.size(), room); i < all.size(); ++i) {
    const auto& [at_ms, node, kind, subject, detail] = all[i];
    std::vector cells{human_clock(at_ms), kind, subject, detail};
    if (frame.cluster)
      cells.insert(cells.begin() + 1, node);
    rows.add(std::move(cells));
  }
  return rows.lines(frame.style);
}

}  // namespace

std::vector<std::string> picture_of(const watch_model& model, const watch_frame& frame) {
  std::vector<std::string> out;
  const auto add = [&](std::vector<std::string> lines) {
    if (lines.empty())
      return;
    out.emplace_back();
    std::move(lines.begin(), lines.end(), std::back_inserter(out));
  };
  out.push_back(frame.cluster ? title_of_cluster(model, frame) : title_of_node(model.nodes().front(), frame));
  std::ranges::move(totals(model, frame), std::back_inserter(out));
  std::vector<std::string> series;
  for (const auto& each : drawn)
    series.push_back(drawn_line(model, each, frame));
  add(std::move(series));
  add(frame.cluster ? members(model, frame) : links(model.nodes().front(), frame));
  if (out.size() + 1 < frame.rows)
    add(last_events(model, frame, frame.rows - out.size() - 1));
  out.resize(std::min(out.size(), frame.rows));
  return out;
}

std::string line_of(const watched_node& node) {
  const auto& of = node.snapshot;
  std::string out =
      human_clock(static_cast<std::int64_t>(number_at(of, "at_ms").value_or(0))) + ' ' + printable(node.name);
  const auto put = [&](const char* key, std::string value) {
    std::erase(value, ' ');
    out += std::string{" "} + key + '=' + value;
  };
  for (const char* key : {"connections", "streams"})
    put(key, count_at(of, key));
  put("pending", count_at(of, "pending_broadcasts"));
  put("in", figure_at(of, "rates.messages_in", per_second));
  put("broadcasts", figure_at(of, "rates.broadcasts", per_second));
  put("deliveries", figure_at(of, "rates.deliveries", per_second));
  put("out", figure_at(of, "rates.bytes_out", bytes_per_second));
  for (const char* key : {"p50", "p99"})
    put(key, figure_at(of, std::string{"latency."} + key + "_ms", human_milliseconds));
  put("cpu", human_or_unknown(node.cpu, percent));
  put("rss", figure_at(of, "rss_bytes", human_bytes));
  return out;
}

std::string line_of(const watch_event& event) {
  auto out = human_clock(event.at_ms) + ' ' + printable(event.node) + ' ' + printable(event.kind);
  for (const auto& text : {event.subject, event.detail})
    if (!text.empty())
      out += ' ' + printable(text);
  return out;
}

}  // namespace ability
