#include "actors/monitor/query_runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "actors/ingress/ingress.hpp"
#include "actors/node/totals.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

std::uint64_t milliseconds_of(std::chrono::system_clock::time_point when) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count());
}

std::string_view name_of(redis_state what) {
  switch (what) {
    case redis_state::off:
      break;
    case redis_state::connected:
      return "connected";
    case redis_state::lost:
      return "lost";
  }
  return "off";
}

std::string_view name_of(node_state what) {
  switch (what) {
    case node_state::self:
      break;
    case node_state::up:
      return "up";
    case node_state::lost:
      return "lost";
  }
  return "self";
}

node_line line_of(const node_facts& facts) {
  node_line line{.name = facts.who.name,
                 .uuid = facts.who.uuid,
                 .address = facts.who.address,
                 .state = std::string{name_of(facts.state)},
                 .since_s = seconds_since(facts.since),
                 .dialled_by_us = facts.dialled_by_us,
                 .streams = facts.streams_followed,
                 .sent = facts.publications_sent,
                 .received = facts.publications_received,
                 .bytes_sent = facts.bytes_sent,
                 .bytes_received = facts.bytes_received,
                 .waiting_bytes = facts.bytes_waiting,
                 .lost = facts.lost};
  if (facts.round_trip.count() > 0)
    line.round_trip_ms = std::chrono::duration<double, std::milli>(facts.round_trip).count();
  return line;
}

log_level level_of(std::string_view name) {
  return static_cast<log_level>(std::ranges::find(verb::log_levels, name) - verb::log_levels.begin());
}

}  // namespace

// -- rights ---

std::string refusal_of(const monitor_question& what, visitor_rights rights, const monitor_settings& settings) {
  if (std::holds_alternative<verb::login>(what))
    return {};
  if (is_command(what) && settings.command_secret.empty())
    return encode_failure(monitor_error::not_allowed,
                          "commands need a cluster secret: start abilityd with --cluster-secret");
  if (is_command(what) && !rights.may_command)
    return encode_failure(monitor_error::login_required, "commands need a login with the cluster secret");
  if (!is_command(what) && !rights.may_read)
    return encode_failure(monitor_error::login_required,
                          "log in first, with the monitor secret or the cluster secret of this node");
  return {};
}

std::string refusal_of(const fault& why) {
  return encode_failure(why.code == errc::unknown_command ? monitor_error::unknown_verb : monitor_error::bad_arguments,
                        why.detail);
}

// -- queue ---

monitor_desk::debt::debt(std::weak_ptr<monitor_desk> desk, caf::typed_response_promise<monitor_answer> promise)
    : desk_{std::move(desk)}, promise_{std::move(promise)} {}

monitor_desk::debt::~debt() { fail(monitor_error::busy, "the question was lost, ask it again"); }

void monitor_desk::debt::pay(std::string json) {
  if (std::exchange(paid_, true))
    return;
  promise_.deliver(monitor_answer{std::move(json)});
  if (const auto desk = desk_.lock())
    desk->end_one();
}

void monitor_desk::debt::fail(monitor_error code, std::string_view message) { pay(encode_failure(code, message)); }

monitor_desk::monitor_desk(monitor_actor::pointer self, lane_home& home, node_control& control)
    : self_{self}, home_{home}, control_{control} {}

caf::typed_response_promise<monitor_answer> monitor_desk::take(const ask_monitor& asked) {
  auto promise = self_->make_response_promise<monitor_answer>();
  auto what = decode_question(asked.verb, asked.arguments);
  if (auto refusal = what ? refusal_of(*what, asked.rights, home_.settings.monitor) : refusal_of(what.error());
      !refusal.empty()) {
    promise.deliver(monitor_answer{std::move(refusal)});
  } else if (waiting_.size() >= max_waiting) {
    promise.deliver(monitor_answer{encode_failure(
        monitor_error::busy, "4 questions are being answered and 64 are waiting, ask again in a moment")});
  } else {
    waiting_.push_back({std::move(*what), promise});
    start_waiting();
  }
  return promise;
}

void monitor_desk::start_waiting() {
  while (!waiting_.empty() && under_way_ < max_under_way) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    const auto owed = std::make_shared<debt>(weak_from_this(), std::move(next.promise));
    std::visit([&](const auto& question) { answer(question, owed); }, next.what);
  }
}

void monitor_desk::end_one() {
  --under_way_;
  start_waiting();
}

// -- node ---

void monitor_desk::with_nodes(const then_nodes& then) {
  const auto& here = home_.here;
  const auto alone = [this] {
    return node_list{{{.who = home_.here.settings.cluster.self, .state = node_state::self, .since = since_}}};
  };
  if (!here.cluster) {
    then(alone());
    return;
  }
  self_->request(here.cluster, patience, list_nodes{}).then(then, [then, alone](const caf::error&) { then(alone()); });
}

void monitor_desk::answer(const verb::nodes&, const debt_ptr& to) {
  with_nodes([to](const node_list& found) {
    std::vector<node_line> lines;
    std::ranges::transform(found.nodes, std::back_inserter(lines), line_of);
    to->pay(encode_nodes(lines));
  });
}

void monitor_desk::answer(const verb::status&, const debt_ptr& to) {
  with_nodes([this, to](const node_list& found) {
    auto report = describe_node();
    if (home_.here.cluster)
      report.cluster_nodes = static_cast<std::size_t>(
          std::ranges::count_if(found.nodes, [](const auto& each) { return each.state != node_state::lost; }));
    to->pay(encode_status(report));
  });
}

status_report monitor_desk::describe_node() const {
  const auto& here = home_.here;
  const auto& self = here.settings.cluster.self;
  return {.name = self.name,
          .uuid = self.uuid,
          .address = self.address,
          .version = ABILITY_VERSION,
          .pid = getpid(),
          .started_ms = self.started != 0 ? self.started : milliseconds_of(started_),
          .uptime_s = seconds_since(since_),
          .state = std::string{control_.state()},
          .lanes = here.lanes.size(),
          .connections = open_connections(here),
          .streams = open_streams(here),
          .pending_broadcasts = here.gate.pending(),
          .redis = std::string{name_of(here.redis.load())},
          .app_server = !here.app_server                            ? "off"
                        : here.app_counters.breaker_open.get() != 0 ? "failing"
                                                                    : "ok",
          .counters = all_counters(here),
          .latency = report_latency(count_latency(here))};
}

void monitor_desk::answer(const verb::disconnect& order, const debt_ptr& to) {
  if (order.id.empty()) {
    publish(home_, remote_disconnect{order.identity, order.reconnect}, reach::everywhere);
    to->pay(encode_ordered());
    return;
  }
  with_connection(order.id, to, [to, order](const std::vector<connection_actor>& found) {
    for (const auto& each : found)
      caf::anon_send(each, disconnect_client{{}, std::string{disconnect_reason::remote}, order.reconnect});
    to->pay(encode_disconnected(found.size()));
  });
}

void monitor_desk::answer(const verb::drain& order, const debt_ptr& to) {
  const auto open = open_connections(home_.here);
  control_.drain(order.within, order.notice, order.reconnect);
  to->pay(encode_draining(open));
}

void monitor_desk::answer(const verb::undrain&, const debt_ptr& to) {
  if (control_.undrain())
    to->pay(encode_undrained());
  else
    to->fail(monitor_error::not_allowed, "the node is stopping, which cannot be taken back");
}

void monitor_desk::answer(const verb::log_level& order, const debt_ptr& to) {
  const auto was = control_.set_log_level(level_of(order.level));
  to->pay(encode_log_level(order.level, ability::name_of(was)));
}

}  // namespace ability
