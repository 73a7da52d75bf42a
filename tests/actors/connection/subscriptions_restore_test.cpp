#define CAF_SUITE subscriptions_restore
// Subscriptions that were listed are restored at another connection.
#include <algorithm>

#include "actors/connection/subscriptions.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/sessions/messages.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

// A subscription as it is listed.
struct listed {
  std::string identifier;
  std::uint32_t tag;
  texts streams;
  bool operator==(const listed&) const = default;
};

// Results of a `restorer`.
struct results {
  std::vector<listed> after;  // its list once all was restored
  std::size_t restored = 0;   // subscriptions whose streams are followed
  texts delivered;            // keys of the batches that it received
};

// A connection that restores a list when its handshake starts.
class restorer {
public:
  static constexpr const char* name = "restorer";

  explicit restorer(connection_actor::pointer self) : self_{self} {}
  restorer(const restorer&) = delete;
  restorer& operator=(const restorer&) = delete;
  ~restorer() { restored_.leave_all(self_, home_->here); }

  void start(lane_home& home, std::vector<listed> before, std::shared_ptr<results> to) {
    home_ = &home;
    before_ = std::move(before);
    to_ = std::move(to);
  }

  connection_actor::behavior_type make_behavior() {
    return {
        [this](const deliver& delivery) {
          delivery.frames->claim();
          to_->delivered.push_back(delivery.frames->key);
        },
        [](const history_lost&) {},
        [this](const start_handshake&) { restore(); },
        [](const client_said&) {},
        [this](const client_gone&) { self_->quit(); },
        [](const disconnect_client&) {},
        [](const surrender_session&) {},
        [](session_changed) {},
        [](follow_awaited) {},
        [](const describe_connection&) { return connection_facts{}; },
    };
  }

private:
  // All ask for their streams at a time.
  void restore() {
    restored_.use(action_cable_json());
    for (const auto& each : before_)
      restored_.add(each.identifier, each.tag).state = std::make_unique<text_map>();
    for (const auto& each : before_)
      restored_.follow(self_, *home_, *restored_.find(each.identifier), each.streams, nullptr,
                       [this](const subscriptions::outcome& outcome) {
                         CAF_CHECK(!outcome.kept_out);
                         CAF_CHECK(!outcome.stream_failed);
                         if (++to_->restored == before_.size())
                           list();
                       });
  }

  void list() {
    for (const auto& each : restored_) {
      auto& told = to_->after.emplace_back(listed{each.identifier, each.tag, {}});
      for (const auto& stream : each.streams)
        told.streams.push_back(*stream.stream);
      std::ranges::sort(told.streams);
    }
  }

  connection_actor::pointer self_;
  lane_home* home_ = nullptr;
  subscriptions restored_;
  std::vector<listed> before_;
  std::shared_ptr<results> to_;
};

struct fixture : actor_fixture {
  const std::vector<listed> before{{"a", 1, {"one", "two"}}, {"b", 2, {}}, {"c", 3, {"two"}}};
  const std::shared_ptr<results> got = std::make_shared<results>();
  const connection_actor uut =
      ends(spawn_on<connection_actor, restorer>(here.system, nullptr, *here.lanes.front(), before, got));

  texts delivered(std::string_view stream) {
    publish(stream, "1");
    consume_messages();
    auto keys = std::exchange(got->delivered, {});
    std::ranges::sort(keys);
    return keys;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(subscriptions_restore_tests, fixture)

CAF_TEST(all subscriptions are restored at once with their streams) {
  caf::anon_send(uut, handshake());
  consume_messages();
  CAF_CHECK(got->after == before);
  CAF_CHECK_EQUAL(delivered("one"), texts{"a"});
  CAF_CHECK_EQUAL(delivered("two"), (texts{"a", "c"}));
}

CAF_TEST(restored streams are left at any time) {
  for (const int steps : {0, 1, 2, 3, 4, 5, 100}) {
    const auto each =
        ends(spawn_on<connection_actor, restorer>(here.system, nullptr, *here.lanes.front(), before, got));
    caf::anon_send(each, handshake());
    for (int step = 0; step < steps && sched.has_job(); ++step)
      sched.run_once();
    caf::anon_send(each, client_gone{});
    consume_messages();
    CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), sum(&lane_counters::streams_closed));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
