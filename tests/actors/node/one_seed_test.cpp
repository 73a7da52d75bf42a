#define CAF_SUITE one_seed
// A node has one clock and one source of randomness: two runs of one seed are equal, event for event.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include "actors/cluster/cluster.hpp"
#include "actors/ingress/redis_subscriber.hpp"
#include "actors/monitor/messages.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "tests/actors/support/fake_app_transport.hpp"
#include "tests/actors/support/fake_redis_link.hpp"
#include "tests/actors/support/fake_tunnel.hpp"

#include "tests/actors/support/nodes_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

constexpr auto tick = 10ms;

texts* log_of_run = nullptr;
std::function<std::string()> time_of_run;

void note(const std::string& line) {
  if (log_of_run != nullptr)
    log_of_run->push_back(time_of_run() + ' ' + line);
}

void note_log_line(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{"log: "};
  line += message;
  for (const auto& [key, value] : fields)
    line.append(" ").append(key).append("=").append(value);
  note(line);
}

monitor_actor::behavior_type noting_monitor(monitor_actor::pointer, node* here) {
  return {
      [](const ask_monitor&) { return monitor_answer{}; },
      [](const watch_node&) { return monitor_answer{}; },
      [](const unwatch_node&) {},
      [here](const happened& event) {
        here->events_in_flight.fetch_sub(1);
        note("event: " + std::string{name_of(event.what)} + ' ' + event.subject + ' ' + event.detail + " at " +
             std::to_string(event.when.time_since_epoch().count()));
      },
      [](snapshot_due) {},
      [](events_due) {},
  };
}

// Notes the dials on their way to `next`.
class noting_network final : public cluster_network {
public:
  explicit noting_network(std::shared_ptr<cluster_network> next) : next_{std::move(next)} {}
  void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) override {
    note("dial: " + address + ' ' + std::to_string(attempt));
    next_->dial(address, attempt, std::move(owner));
  }
  void resolve(const std::string& name, cluster_actor owner) override { next_->resolve(name, std::move(owner)); }

private:
  std::shared_ptr<cluster_network> next_;
};

struct with_fakes {
  std::shared_ptr<fake_app_transport> transport = std::make_shared<fake_app_transport>();
  std::shared_ptr<fake_redis_link> redis = std::make_shared<fake_redis_link>();
};

// Ten seconds of the node alpha: clients come, subscribe and leave; the application fails at times; Redis fails twice
// and is dialled again with backoff; the node beta is dialled in vain, then linked, lost and linked again.
class run : with_fakes, nodes_fixture {
public:
  explicit run(std::uint64_t seed) : seed_{seed} {
    log_of_run = &noted_;
    time_of_run = [this] { return std::to_string(sys.clock().now().time_since_epoch() / 1us); };
    set_log(note_log_line, log_level::debug);
    start_alpha();
    for (auto at = 0ms; at < 10s; at += tick) {
      act(at);
      settle();
      advance_time(tick);
    }
    settle();
  }

  ~run() override {
    set_log(nullptr, log_level::info);
    for (const auto& each : clients_)
      caf::anon_send_exit(each.actor, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(subscriber_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(alpha_->here.monitor, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(alpha_->here.disconnect_queue, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(alpha_->here.app_server, caf::exit_reason::user_shutdown);
    redis->owner = nullptr;
    consume_messages();
    log_of_run = nullptr;
  }

  const texts& noted() const { return noted_; }

private:
  static member alpha() { return node_called("alpha", '1'); }
  static member beta() { return node_called("beta", '2'); }

  void start_alpha() {
    auto how = settings(alpha(), {beta().address});
    how.public_access = false;  // the application decides
    how.app.disconnect_rate = 3;
    alpha_ = nodes.emplace_back(std::make_unique<test_node>(sys, how, 2, seed_, transport)).get();
    auto& here = alpha_->here;
    tunnels.listen(alpha(), here.cluster);
    here.monitor = sys.spawn(noting_monitor, &here);
    here.watched_events = all_event_kinds;
    transport->script = [this](const rpc_request& what) { return answer(what); };
    subscriber_ = spawn_redis_subscriber(*here.lanes.front(), redis);
    caf::anon_send(here.cluster, join_cluster{std::make_shared<noting_network>(tunnels.network_of(alpha()))});
  }

  // Every fourth call does not reach the application.
  rpc_outcome answer(const rpc_request& what) {
    note("call: " + std::string{name_of(what.method)} + ' ' + what.sid + ' ' + what.command + ' ' + what.identifier);
    if (++calls_ % 4 == 0)
      return rpc_error{rpc_failure::unavailable, "made up"};
    if (what.command == "subscribe")
      return rpc_reply{.status = rpc_status::success,
                       .transmissions = {confirm_subscription(what.identifier)},
                       .streams = {what.identifier.substr(0, 1)}};
    const bool is_of_three = what.sid.back() % 3 == 0;
    return rpc_reply{.status = rpc_status::success, .identity = is_of_three ? "me" : ""};
  }

  void act(std::chrono::milliseconds at) {
    if (at % 250ms == 0ms && clients_.size() < 24)
      come();
    subscribe_newcomers();
    if (at % 700ms == 0ms && at > 2s && left_ < clients_.size())
      caf::anon_send(clients_[left_++].actor, client_gone{});
    if (at % 90ms == 0ms) {
      alpha_->publish("a", std::to_string(at.count()));
      alpha_->publish("b", std::to_string(at.count()), "s3");
    }
    if (at % 130ms == 0ms && redis->owner && subscribed_)
      caf::anon_send(redis->owner, redis_payload{R"({"stream":"b","data":"{}"})"});
    if (at % 1s == 0ms)
      ability::publish(*alpha_->here.lanes.front(), remote_disconnect{"me", true}, scope::everywhere);
    if ((at == 2'500ms || at == 6s) && subscribed_)
      lose_redis("reset by peer");
    if (at == 3s)
      follower(start_node(beta(), {}), "t1", "a");
    if (at == 5s)
      tunnels.cut("alpha", "beta");
    if (at == 7s)
      tunnels.heal();
  }

  void come() {
    const auto sid = "s" + std::to_string(clients_.size());
    auto box = std::make_shared<fake_session>();
    clients_.push_back({sid, box, spawn_connection(*alpha_->here.lanes[clients_.size() % 2], box, sid)});
    caf::anon_send(clients_.back().actor, handshake());
  }

  void subscribe_newcomers() {
    for (const auto& each : clients_)
      if (each.box->accepted && subscribed_clients_.insert(each.sid).second)
        for (const auto* identifier : {"a1", "b1", "a2"})
          caf::anon_send(each.actor, client_said{{command_type::subscribe, identifier}});
  }

  void lose_redis(const char* why) {
    subscribed_ = false;
    caf::anon_send(redis->owner, redis_lost{why});
  }

  // Redis answers every fifth attempt.
  void answer_redis() {
    for (; redis_connects_ < redis->connects; ++redis_connects_) {
      note("redis: dialled");
      subscribed_ = redis_connects_ % 5 == 4;
      if (subscribed_)
        caf::anon_send(redis->owner, redis_connected{});
      else
        lose_redis("refused");
    }
  }

  // Runs all actors; notes what clients read after each message.
  void settle() {
    do {
      while (sched.try_run_once())
        note_clients();
      answer_redis();
    } while (sched.has_job());
  }

  void note_clients() {
    for (const auto& each : clients_) {
      for (const auto& text : std::exchange(each.box->seen, {}))
        note(each.sid + " reads: " + text);
      if (each.box->is_over() && over_.insert(each.sid).second)
        note(each.sid + " is over: " + (each.box->closed ? each.box->closed->text : "refused"));
    }
  }

  const std::uint64_t seed_;
  test_node* alpha_ = nullptr;
  redis_subscriber_actor subscriber_;
  std::vector<client> clients_;
  std::set<std::string> subscribed_clients_;
  std::set<std::string> over_;
  std::size_t left_ = 0;
  std::size_t calls_ = 0;
  std::size_t redis_connects_ = 0;
  bool subscribed_ = false;
  texts noted_;
};

texts log_of(std::uint64_t seed) { return run{seed}.noted(); }

// Lines that contain `word`.
texts with(std::string_view word, texts lines) {
  std::erase_if(lines, [&](const auto& each) { return each.find(word) == std::string::npos; });
  return lines;
}

}  // namespace

CAF_TEST(two runs of one seed give one log) {
  const auto first = log_of(1);
  const auto second = log_of(1);
  const auto differ = std::ranges::mismatch(first, second);
  if (differ.in1 != first.end() && differ.in2 != second.end())
    CAF_CHECK_EQUAL(*differ.in1, *differ.in2);
  CAF_CHECK_EQUAL(first.size(), second.size());
}

CAF_TEST(another seed gives other times of dials) {
  const auto first = log_of(1);
  const auto second = log_of(2);
  for (const auto* word : {"dial: beta:7700", "redis: dialled"}) {
    CAF_CHECK(with(word, first).size() > 5u);
    CAF_CHECK(with(word, first) != with(word, second));
  }
}

// Otherwise the comparison would prove little.
CAF_TEST(a run holds events of every kind) {
  const auto lines = log_of(1);
  texts missing;
  for (const auto* word : {"reads: ", "is over: ", "call: connect", "call: command", "call: disconnect",
                           "event: connected", "event: disconnected", "event: redis lost", "event: redis connected",
                           "event: node_joined", "event: node_left", "log: redis not reached"})
    if (with(word, lines).empty())
      missing.emplace_back(word);
  CAF_CHECK_EQUAL(missing, texts{});
}
