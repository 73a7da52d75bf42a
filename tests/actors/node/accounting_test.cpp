#define CAF_SUITE accounting
// Counters of connections, streams and broadcasts add up, and promises to clients are kept, while all of them come and
// go at random and the actors run in random order.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

// Numbers that were published to one stream: 1 to `last`.
struct history {
  int last = 0;
  std::map<int, std::string> excluded;  // number → sid
};

// A client's subscription from its confirmation until the client left or subscribed again.
struct subscription {
  std::string stream;
  int published_before;  // last number at the confirmation
  std::vector<int> heard = {};
};

struct player {
  client who;
  std::vector<subscription> log = {};
  std::set<std::string> wanted = {};  // streams that it follows once its commands were handled
  bool judged = true;                 // true if it reads all its messages, in clear text
};

// The text between `before` and `after`.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto from = text.find(before) + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class fixture : public actor_fixture {
public:
  fixture() : actor_fixture{3} {}

  void play(unsigned seed, int turns, bool streams_fail) {
    random_.seed(seed);
    for (auto turn = 0; turn < turns; ++turn) {
      move(streams_fail);
      for (auto steps = below(6); steps > 0 && sched.has_job(); --steps)
        step();
    }
    while (sched.has_job())
      step();
  }

  void check_promises() {
    for (const auto& each : players_) {
      if (!each->judged)
        continue;
      read(*each);
      for (auto& one : each->log)
        check_promise(*each, one);
      ++judged_;
    }
  }

  void end_all() {
    for (const auto& each : players_)
      caf::anon_send(each->who.actor, client_gone{});
    consume_messages();
    std::uint64_t taken = 0;
    for (const auto& each : players_) {
      taken += each->who.box->frames;
      each->who.box->forget();
    }
    CAF_CHECK_EQUAL(sum(&lane_counters::delivered), taken);
  }

  void check_sums() {
    const auto unclaimed = here.unclaimed_deliveries.load();
    CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), sum(&lane_counters::delivered) + sum(&lane_counters::excluded) +
                                                         sum(&lane_counters::dropped_closed) + unclaimed);
    CAF_CHECK_EQUAL(sum(&lane_counters::broadcasts), published_);
    CAF_CHECK_EQUAL(sum(&lane_counters::connections_opened), players_.size());
    CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), players_.size());
    CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), sum(&lane_counters::streams_opened));
    CAF_CHECK_EQUAL(here.gate.pending(), 0u);
    for (const auto& each : players_)
      if (holders(each->who.actor) != 1)
        CAF_ERROR(each->who.sid << " is still in a record");
  }

  double fan_out() const {
    double result = 0;
    for (const auto& home : here.lanes)
      result += home->counters.broadcast_fanout.sum();
    return result;
  }

  std::size_t judged() const { return judged_; }

private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_); }

  std::string some_stream() { return std::string(1, static_cast<char>('a' + below(8))); }

  // Has one of the actors with messages handle its first one.
  void step() {
    const auto place = sched.jobs.begin() + static_cast<std::ptrdiff_t>(below(sched.jobs.size()));
    std::rotate(sched.jobs.begin(), place, place + 1);
    sched.run_once();
  }

  void move(bool streams_fail) {
    if (players_.size() < 5)
      return come();
    auto& someone = *players_[below(players_.size())];
    switch (const auto dice = below(100); dice) {
      case 0:
      case 1:
        return come();
      case 2:
        return caf::anon_send(someone.who.actor, client_gone{});
      case 3:
        return caf::anon_send_exit(someone.who.actor, caf::exit_reason::kill);
      case 4:
        return caf::anon_send(someone.who.actor, disconnect_client{{}, "remote", true});
      case 5:
        someone.who.box->has_room = someone.judged = false;
        return;
      case 6:
        if (streams_fail)
          kill_some_stream();
        return;
      default:
        if (dice < 40)
          return tell(someone);
        const auto stream = some_stream();
        auto& past = published_to_[stream];
        const auto exclude = below(4) == 0 ? someone.who.sid : "";
        past.excluded[++past.last] = exclude;
        ++published_;
        publish(stream, std::to_string(past.last), exclude);
    }
  }

  void come() {
    const auto deflated = below(5) == 0;
    const auto who = connect("s" + std::to_string(players_.size()), below(here.lanes.size()));
    auto& one = *players_.emplace_back(std::make_unique<player>(player{.who = who, .judged = !deflated}));
    who.box->takes = deflated ? &action_cable_json({.deflated = true}) : &action_cable_json();
    who.box->on_text = [this, &one](std::string_view text) {
      if (text.find("confirm_subscription") == std::string_view::npos)
        return;
      read(one);
      const std::string stream{between(text, R"(\"stream_name\":\")", R"(\")")};
      one.log.push_back({stream, published_to_[stream].last});
    };
    caf::anon_send(who.actor, handshake());
  }

  void tell(player& someone) {
    auto stream = some_stream();
    const auto follow = below(3) > 0;
    says(someone.who, follow ? command_type::subscribe : command_type::unsubscribe, identifier_of(stream));
    if (follow)
      someone.wanted.insert(std::move(stream));
    else
      someone.wanted.erase(stream);
  }

  void kill_some_stream() {
    for (auto* job : sched.jobs) {
      auto& actor = dynamic_cast<caf::scheduled_actor&>(*job);
      if (std::string_view{actor.name()} == "ability.stream")
        return caf::anon_send_exit(caf::actor_cast<caf::actor>(actor.address()), caf::exit_reason::kill);
    }
  }

  // Enters the broadcasts that the client has received into its log.
  void read(player& someone) {
    for (const auto& text : someone.who.box->seen) {
      const auto number = between(text, R"("message":)", "}");
      auto value = 0;
      if (std::from_chars(number.data(), number.data() + number.size(), value).ptr == number.data())
        continue;
      const auto stream = between(text, R"(\"stream_name\":\")", R"(\")");
      const auto latest = std::ranges::find(someone.log.rbegin(), someone.log.rend(), stream, &subscription::stream);
      CAF_REQUIRE(latest != someone.log.rend());  // the stream was confirmed
      latest->heard.push_back(value);
    }
    someone.who.box->forget();
  }

  // Every broadcast from the confirmation on was received, in order, and before it at most the latest ones.
  void check_promise(const player& someone, const subscription& one) {
    const auto& past = published_to_[one.stream];
    const auto latest = std::ranges::find(someone.log.rbegin(), someone.log.rend(), one.stream, &subscription::stream);
    const auto current = !someone.who.box->closed && someone.wanted.contains(one.stream) && &*latest == &one;
    const auto& heard = one.heard;
    const auto first = heard.empty() ? one.published_before + 1 : std::min(heard.front(), one.published_before + 1);
    const auto last = current ? past.last : heard.empty() ? first - 1 : heard.back();
    std::vector<int> promised;
    for (auto i = first; i <= last; ++i)
      if (past.excluded.at(i) != someone.who.sid)
        promised.push_back(i);
    if (heard != promised)
      CAF_ERROR(someone.who.sid << " on " << one.stream << " heard " << caf::deep_to_string(heard) << " but not "
                                << caf::deep_to_string(promised));
  }

  std::mt19937 random_;
  std::vector<std::unique_ptr<player>> players_;
  std::map<std::string, history> published_to_;
  std::uint64_t published_ = 0;
  std::size_t judged_ = 0;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(accounting_tests, fixture)

CAF_TEST(every delivery is accounted for and every promise kept whatever comes and goes) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAF_MESSAGE("seed " << seed);
    play(seed, 3'000, false);
    check_promises();
  }
  end_all();
  check_sums();
  CAF_CHECK_EQUAL(fan_out(), static_cast<double>(sum(&lane_counters::deliveries)));
  // The run did real work.
  CAF_CHECK_GREATER(judged(), 20u);
  CAF_CHECK_GREATER(sum(&lane_counters::delivered), 1'000u);
  CAF_CHECK_GREATER(sum(&lane_counters::excluded), 10u);
  CAF_CHECK_GREATER(sum(&lane_counters::dropped_closed), 10u);
  CAF_CHECK_GREATER(sum(&lane_counters::unheard_broadcasts), 10u);
  CAF_CHECK_GREATER(sum(&lane_counters::streams_closed), 10u);
  CAF_CHECK_GREATER(here.unclaimed_deliveries.load(), 10u);
}

CAF_TEST(every delivery is accounted for even if streams fail) {
  play(4, 5'000, true);
  end_all();
  check_sums();
}

CAF_TEST_FIXTURE_SCOPE_END()
