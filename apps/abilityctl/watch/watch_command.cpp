#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <set>
#include <string_view>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/monitor/monitor_options.hpp"
#include "apps/abilityctl/terminal/live_terminal.hpp"
#include "apps/abilityctl/watch/watch_feeds.hpp"
#include "apps/abilityctl/watch/watch_view.hpp"

namespace ability {
namespace {

constexpr std::array<std::string_view, 10> event_kinds{
    "connected", "disconnected",  "stream_created", "stream_retired", "node_joined",
    "node_left", "slow_consumer", "redis",          "app_server",     "gap",
};

constexpr std::int64_t most_snapshots = 1'000'000'000;

struct watch_options : monitor_options {
  explicit watch_options(CLI::App& command) : monitor_options{command} {
    command.add_option("--interval", interval, "Milliseconds between two snapshots")
        ->type_name("MS")
        ->transform(whole_within(100, 60'000, "milliseconds"))
        ->capture_default_str();
    command
        .add_option("--events", events,
                    "Events to show: all, none, or kinds with commas between them: connected, disconnected, "
                    "stream_created, stream_retired, node_joined, node_left, slow_consumer, redis, app_server, gap; by "
                    "default all in the live view, none elsewhere")
        ->type_name("KINDS");
    command.add_option("--count", count, "End after so many snapshots; 0 = never")
        ->type_name("N")
        ->transform(whole_within(0, most_snapshots, ""))
        ->capture_default_str();
  }

  std::optional<ctl_result> misuse() const {
    for (const auto& kind : kinds())
      if (std::find(event_kinds.begin(), event_kinds.end(), kind) == event_kinds.end())
        return wrong_usage("--events knows no '" + printable(kind) + "'; 'abilityctl watch --help' lists the kinds.");
    return monitor_options::misuse();
  }

  /// Events to send, in the form that the verb `watch` accepts.
  ability::json wanted_events(bool live) const {
    if (events.empty())
      return live;
    return events == "all" ? ability::json(true) : events == "none" ? ability::json(false) : ability::json(kinds());
  }

  std::vector<std::string> kinds() const {
    std::vector<std::string> found;
    if (events.empty() || events == "all" || events == "none")
      return found;
    for (std::string_view rest = events;;) {
      const auto kind = rest.substr(0, rest.find(','));
      found.emplace_back(kind);
      if (kind.size() == rest.size())
        return found;
      rest.remove_prefix(kind.size() + 1);
    }
  }

  int interval = 1'000;
  std::string events;
  std::uint64_t count = 0;
};

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// Follows one node, or all of a cluster, until it is told to end. Ends if the first attempt to attach fails.
class watch_session {
public:
  watch_session(const watch_options& given, bool live)
      : given_{given}, whom_{given.whom()}, live_{live}, feeds_{whom_.how, wish_of(given, live)} {
    if (live)
      signals_.emplace(std::vector{SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH});
    follow(whom_.node, to_string(whom_.node));
  }

  ctl_result run() {
    while (!result_) {
      std::array<pollfd, 3> sources{{{feeds_.descriptor(), POLLIN, 0},
                                     {live_ ? signals_->descriptor() : -1, POLLIN, 0},
                                     {terminal_.entered() && keys_ ? STDIN_FILENO : -1, POLLIN, 0}}};
      ::poll(sources.data(), sources.size(), -1);
      take_signals();
      if (sources[2].revents != 0)
        take_key();
      for (auto& each : feeds_.take())
        if (!result_)
          take(std::move(each));
      if (live_ && !result_)
        draw();
    }
    return *result_;
  }

private:
  static watch_wish wish_of(const watch_options& given, bool live) {
    return {.interval = std::chrono::milliseconds{given.interval}, .events = given.wanted_events(live)};
  }

  void follow(const node_address& where, const std::string& name) {
    feeds_.follow(where);
    model_.add_node(name);
  }

  void end(int exit_code = 0, std::string why = {}) {
    result_ = ctl_result{.exit_code = exit_code, .out = {}, .err = std::move(why)};
  }

  // -- the nodes ---

  void take(feed_news what) {
    switch (what.kind) {
      case feed_news::what::status:
        greet(what.source);
        model_.take_status(what.source, std::move(what.data));
        if (live_)
          terminal_.enter();
        break;
      case feed_news::what::nodes:
        if (given_.cluster())
          follow_new(nodes_of(what.data));
        model_.take_nodes(what.source, std::move(what.data));
        break;
      case feed_news::what::snapshot:
        print("snapshot", what.data);
        model_.take_snapshot(what.source, std::move(what.data));
        if (!live_ && !given_.json())
          std::cout << line_of(model_.nodes()[what.source]) << '\n' << std::flush;
        if (++snapshots_ == given_.count)
          end();
        break;
      case feed_news::what::events:
        print("events", what.data);
        if (!live_ && !given_.json())
          for (const auto& each : events_of(what.data))
            std::cout << line_of(each) << '\n' << std::flush;
        model_.take_events(what.source, what.data);
        break;
      case feed_news::what::gone:
        lose(what.source, std::move(what.sentence));
        break;
    }
  }

  void follow_new(const std::vector<known_node>& nodes) {
    for (const auto& each : nodes)
      if (each.is_self())
        followed_.insert(each.uuid);
    for (const auto& each : nodes)
      if (const auto where = parse_node_address(each.address);
          where && each.state == "up" && followed_.insert(each.uuid).second)
        follow(*where, each.name);
  }

  // Handles the status of a node, which may have been lost before.
  void greet(std::size_t source) {
    attached_ = true;
    if (model_.nodes()[source].gone.empty())
      return;
    model_.find_again(source, now_ms());
    const auto& name = model_.nodes()[source].name;
    if (given_.json())
      print("back", {{"node", name}});
    else if (!live_)
      std::cerr << "abilityctl: " << printable(name) << " is there again.\n";
  }

  // Handles the loss of a node, which may restart. The named node is redialled while no node is attached.
  void lose(std::size_t source, std::string why) {
    const auto& all = model_.nodes();
    const auto name = all[source].name;
    const bool is_news = all[source].gone.empty();
    if (is_news)
      model_.lose(source, why, now_ms());
    const bool alone = std::ranges::none_of(all, [](const auto& each) { return each.gone.empty(); });
    if (alone && !attached_) {
      end(1, ended(why));
      return;
    }
    if (alone)
      feeds_.follow_again(named, whom_.node);
    if (!is_news)
      return;
    if (given_.json())
      print("gone", {{"node", name}, {"message", why}});
    else if (!live_)
      std::cerr << "abilityctl: " << ended(why) << (alone ? " It is dialled until it is there again.\n" : "\n");
  }

  void print(const char* kind, const json& data) const {
    if (!given_.json())
      return;
    json line{{"kind", kind}};
    line.update(data);
    std::cout << ability::line_of(line) << '\n' << std::flush;
  }

  // -- the terminal ---

  void draw() {
    if (terminal_.entered())
      terminal_.draw(picture_of(model_, {.style = text_style::of(STDOUT_FILENO),
                                         .rows = live_terminal::rows(),
                                         .now_ms = now_ms(),
                                         .cluster = given_.cluster()}));
  }

  void take_signals() {
    for (int signal = live_ ? signals_->take() : 0; signal != 0; signal = signals_->take()) {
      if (signal == SIGTSTP) {
        const bool was_entered = terminal_.entered();
        terminal_.leave();
        ::raise(SIGSTOP);
        if (was_entered)
          terminal_.enter();
      } else if (signal != SIGWINCH) {
        end();
      }
    }
  }

  void take_key() {
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1)
      keys_ = false;
    else if (key == 'q' || key == 'Q')
      end();
  }

  static constexpr std::size_t named = 0;  // the source given on the command line

  const watch_options& given_;
  const whom_to_ask whom_;
  const bool live_;
  bool keys_ = true;
  std::optional<signal_inbox> signals_;
  watch_feeds feeds_;
  live_terminal terminal_;
  watch_model model_;
  std::set<std::string> followed_;  // uuids
  std::uint64_t snapshots_ = 0;
  bool attached_ = false;  // at least once
  std::optional<ctl_result> result_;
};

ctl_result watch(const watch_options& given) {
  const auto* term = std::getenv("TERM");
  const bool can_draw = ::isatty(STDOUT_FILENO) != 0 && term != nullptr && std::string_view{term} != "dumb";
  return watch_session{given, can_draw && !given.json()}.run();
}

}  // namespace

void add_watch(CLI::App& app, ctl_result& to) {
  add_monitor_command<watch_options>(app, to, "watch", "Follow a node, or each node of a cluster, live",
                                     R"(Examples:
  abilityctl watch
  abilityctl watch --cluster --events node_joined,node_left,slow_consumer
  abilityctl watch --json --count 60 | jq 'select(.kind == "snapshot").rates'
      On a terminal it draws a picture; elsewhere it prints a line for each snapshot. It outlives its node: when that
      starts again it goes on.)",
                                     watch);
}

}  // namespace ability
