#define CAF_SUITE cluster_accounting
// Publications at all nodes add up, and promises to clients are kept, while clients come and go at random, links break,
// and actors run in random order.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "tests/actors/support/random_order.hpp"

#include "tests/actors/support/nodes_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t node_count = 3;

// A client's subscription from its confirmation until the client left or subscribed again.
struct subscription {
  std::string stream;
  std::array<int, node_count> published_before;  // number of the last publication by node, at the confirmation
  std::array<std::vector<int>, node_count> heard = {};
};

struct player {
  client who;
  std::vector<subscription> log = {};
  std::map<std::string, bool> wanted = {};
};

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto from = text.find(before) + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class fixture : public nodes_fixture {
public:
  fixture() {
    const std::vector<std::string> all{"a:7700", "b:7700", "c:7700"};
    start_node(node_called("a", '5'), all);
    start_node(node_called("b", '3'), all, 1);
    start_node(node_called("c", '7'), all, 3);
    pass(6'000ms);
    for (const auto& each : nodes)
      CAF_REQUIRE_EQUAL(linked(*each).size(), 2u);
  }

  void play(unsigned seed, int turns, bool with_cuts) {
    random_order order{sched, seed};
    for (auto turn = 0; turn < turns; ++turn) {
      move(order, with_cuts);
      for (auto steps = order.below(with_cuts ? 40 : 8); steps > 0 && sched.has_job(); --steps)
        order.step();
    }
    tunnels.heal();
    order.settle();
  }

  // Each broadcast of each node arrived at most once and in order; without cuts, all from the confirmation on arrived.
  void check_promises(bool all) {
    for (const auto& each : players_) {
      read(*each);
      for (auto& one : each->log)
        for (std::size_t from = 0; from < node_count; ++from)
          check(*each, one, from, all);
    }
  }

  void check_sums() {
    std::uint64_t forwarded = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;
    std::uint64_t received = 0;
    std::uint64_t gaps = 0;
    for (const auto& each : nodes) {
      const auto& counters = each->here.cluster_counters;
      CAF_CHECK_EQUAL(counters.forwarded.get(), counters.acknowledged.get() + each->lost());
      CAF_CHECK_EQUAL(each->here.gate.pending(), 0u);
      CAF_CHECK_EQUAL(counters.malformed_packets.get(), 0u);
      forwarded += counters.forwarded.get();
      acknowledged += counters.acknowledged.get();
      lost += each->lost();
      received += counters.received.get();
      gaps += counters.gaps.get();
    }
    CAF_CHECK_LESS_OR_EQUAL(acknowledged, received);  // an acknowledgement may be lost, too
    CAF_CHECK_LESS_OR_EQUAL(received, forwarded);
    CAF_CHECK_GREATER_OR_EQUAL(gaps, lost);  // a gap is reported again if the report may be lost
    forwarded_ = forwarded;
    lost_ = lost;
  }

  void end_all() {
    for (const auto& each : players_)
      caf::anon_send(each->who.actor, client_gone{});
    pass(2'000ms);
    for (const auto& each : nodes) {
      std::uint64_t opened = 0;
      std::uint64_t closed = 0;
      for (const auto& home : each->here.lanes) {
        opened += home->counters.streams_opened.get();
        closed += home->counters.streams_closed.get();
      }
      CAF_CHECK_EQUAL(opened, closed);
      CAF_CHECK_GREATER(opened, 0u);
      for (const auto& other : facts(*each))
        if (other.state == node_state::up)
          CAF_CHECK(other.link.streams_followed == 0);
    }
  }

  std::uint64_t forwarded() const { return forwarded_; }
  std::uint64_t lost() const { return lost_; }
  std::size_t heard() const { return heard_; }
  std::size_t confirmed() const { return confirmed_; }

private:
  std::vector<node_facts> facts(test_node& which) {
    auto answer = self->request(which.here.cluster, caf::infinite, list_nodes{});
    consume_messages();
    std::vector<node_facts> found;
    answer.receive([&](node_list& list) { found = std::move(list.nodes); },
                   [](const caf::error&) { CAF_FAIL("no answer"); });
    return found;
  }

  void move(random_order& order, bool with_cuts) {
    if (players_.size() < 4)
      return come(order);
    auto& someone = *players_[order.below(players_.size())];
    const auto dice = order.below(100);
    if (with_cuts && order.below(300) == 0) {
      const char one[] = {static_cast<char>('a' + order.below(3)), 0};
      const char other[] = {static_cast<char>('a' + order.below(3)), 0};
      if (one[0] != other[0])
        tunnels.cut(one, other);
      return;
    }
    if (with_cuts && dice < 2) {
      tunnels.heal();
      advance_time(100ms);
      return;
    }
    if (dice < 8)
      return come(order);
    if (dice == 8)
      return caf::anon_send(someone.who.actor, client_gone{});
    if (dice == 9)
      return caf::anon_send_exit(someone.who.actor, caf::exit_reason::kill);
    const auto stream = some_stream(order);
    if (dice < 50) {
      const auto follows = order.below(3) > 0;
      someone.wanted[stream] = follows;
      return says(someone.who, follows ? command_type::subscribe : command_type::unsubscribe, stream);
    }
    const auto at = order.below(node_count);
    const auto number = ++published_[stream][at];
    nodes[at]->publish(stream, '"' + nodes[at]->who().name + std::to_string(number) + '"');
  }

  static std::string some_stream(random_order& order) {
    return std::string(1, static_cast<char>('p' + order.below(6)));
  }

  void come(random_order& order) {
    auto& at = *nodes[order.below(node_count)];
    auto box = std::make_shared<fake_session>();
    const auto sid = "s" + std::to_string(players_.size());
    auto& one = *players_.emplace_back(std::make_unique<player>(
        player{{sid, box, spawn_connection(*at.here.lanes[order.below(at.here.lanes.size())], box, sid)}}));
    box->on_text = [this, &one](std::string_view text) {
      if (text.find("confirm_subscription") == std::string_view::npos)
        return;
      read(one);
      const std::string stream{between(text, R"(\"stream_name\":\")", R"(\")")};
      one.log.push_back({stream, published_[stream]});
      ++confirmed_;
    };
    caf::anon_send(one.who.actor, handshake());
  }

  // Enters the broadcasts that the client has received into its log.
  void read(player& someone) {
    for (const auto& text : someone.who.box->seen) {
      if (text.find(R"("message":")") == std::string::npos)
        continue;
      const auto data = between(text, R"("message":")", "\"}");
      auto number = 0;
      std::from_chars(data.data() + 1, data.data() + data.size(), number);
      const auto stream = between(text, R"(\"stream_name\":\")", R"(\")");
      const auto latest = std::ranges::find(someone.log.rbegin(), someone.log.rend(), stream, &subscription::stream);
      CAF_REQUIRE(latest != someone.log.rend());  // the stream was confirmed
      latest->heard[static_cast<std::size_t>(data.front() - 'a')].push_back(number);
      ++heard_;
    }
    someone.who.box->forget();
  }

  void check(const player& someone, const subscription& one, std::size_t from, bool all) {
    const auto& heard = one.heard[from];
    if (!std::ranges::is_sorted(heard, std::less_equal{}))
      CAF_ERROR(someone.who.sid << " on " << one.stream << " heard " << caf::deep_to_string(heard));
    if (!all)
      return;
    const auto latest = std::ranges::find(someone.log.rbegin(), someone.log.rend(), one.stream, &subscription::stream);
    const auto wanted = someone.wanted.find(one.stream);
    const auto current = !someone.who.box->closed && wanted != someone.wanted.end() && wanted->second &&
                         &*latest == &one && is_alive(someone);
    // Earlier broadcasts may arrive in part: links forget and learn a stream that goes and comes.
    const auto before = one.published_before[from];
    const std::vector<int> later(std::ranges::upper_bound(heard, before), heard.end());
    const auto last = current ? published_[one.stream][from] : later.empty() ? before : later.back();
    std::vector<int> promised;
    for (auto i = before + 1; i <= last; ++i)
      promised.push_back(i);
    std::vector<int> missed;
    std::ranges::set_difference(promised, later, std::back_inserter(missed));
    if (later != promised)
      CAF_ERROR(someone.who.sid << " on " << one.stream << " missed " << caf::deep_to_string(missed) << " of node "
                                << from);
  }

  bool is_alive(const player& someone) {
    return !this->template deref<caf::scheduled_actor>(someone.who.actor).mailbox().closed();
  }

  std::vector<std::unique_ptr<player>> players_;
  std::map<std::string, std::array<int, node_count>> published_;
  std::uint64_t forwarded_ = 0;
  std::uint64_t lost_ = 0;
  std::size_t heard_ = 0;
  std::size_t confirmed_ = 0;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_accounting_tests, fixture)

CAF_TEST(every broadcast of every node reaches who was confirmed) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAF_MESSAGE("seed " << seed);
    play(seed, 3'000, false);
    pass(2'000ms);
    check_promises(true);
  }
  end_all();
  check_sums();
  CAF_CHECK_EQUAL(lost(), 0u);
  // The run did real work.
  CAF_CHECK_GREATER(forwarded(), 1'000u);
  CAF_CHECK_GREATER(heard(), 1'000u);
  CAF_CHECK_GREATER(confirmed(), 100u);
}

CAF_TEST(what is lost when links break is counted and told) {
  for (unsigned seed = 4; seed <= 6; ++seed) {
    CAF_MESSAGE("seed " << seed);
    play(seed, 4'000, true);
    pass(40'000ms);
    for (const auto& each : nodes)
      CAF_CHECK_EQUAL(linked(*each).size(), 2u);
    CAF_CHECK_EQUAL(tunnels.connections(), 3u);
    check_promises(false);
    check_sums();
  }
  end_all();
  CAF_CHECK_GREATER(lost(), 20u);
  CAF_CHECK_GREATER(forwarded(), 2 * lost());
  CAF_CHECK_GREATER(heard(), 1'000u);
}

CAF_TEST_FIXTURE_SCOPE_END()
