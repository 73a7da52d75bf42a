#define CAF_SUITE disconnect_queue
#include "actors/app/disconnect_queue.hpp"

#include <caf/event_based_actor.hpp>
#include <chrono>

#include "actors/node/log.hpp"

#include "tests/actors/support/app_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

texts lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& each : fields)
    line += ' ' + std::string{each.key} + '=' + each.value;
  lines.push_back(line);
}

constexpr unsigned no_limit = 2'000'000'000;  // one second divided by it is zero

struct fixture_for : app_fixture {
  explicit fixture_for(const app_settings& how) : app_fixture{{.app = how}} {}
  ~fixture_for() override { set_log(nullptr, log_level::info); }

  void leaves(const std::string& sid) {
    caf::anon_send(here.disconnect_queue, connection_left{std::make_shared<const rpc_request>(
                                              rpc_request{.method = rpc_method::disconnect, .sid = sid})});
    consume_messages();
  }

  void leave(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      leaves("s" + std::to_string(i));
  }

  template <class Outcome>
  void answer(Outcome outcome, std::size_t place = 0) {
    CAF_REQUIRE(transport->open() > place);
    transport->answer(std::move(outcome), place);
    consume_messages();
  }

  // Drains the queue. Returns a counter of the completions that were reported.
  std::shared_ptr<std::size_t> drain() {
    auto done = std::make_shared<std::size_t>(0);
    ends(sys.spawn(
        [app = here.disconnect_queue, done](caf::event_based_actor* self, drain_disconnects order) {
          self->request(app, caf::infinite, order).then([done](disconnects_done) { ++*done; });
        },
        drain_disconnects{}));
    consume_messages();
    return done;
  }

  std::uint64_t queued() const { return here.app_counters.disconnect_queue.get(); }
  std::uint64_t dropped() const { return here.app_counters.disconnects_dropped.get(); }
};

struct fixture : fixture_for {
  fixture() : fixture_for{{.concurrency = 100, .disconnect_rate = no_limit, .disconnect_backlog = 100}} {}
};

struct bounded_fixture : fixture_for {
  bounded_fixture() : fixture_for{{.concurrency = 100, .disconnect_rate = no_limit, .disconnect_backlog = 3}} {}
};

struct fixture_without_backlog : fixture_for {
  fixture_without_backlog() : fixture_for{{.disconnect_rate = no_limit, .disconnect_backlog = 0}} {}
};

struct slow_fixture : fixture_for {
  slow_fixture() : fixture_for{{.command_timeout = 1ms, .disconnect_rate = 1}} {}
};

struct steady_fixture : fixture_for {
  steady_fixture() : fixture_for{{.disconnect_rate = 1'000}} {}
};

// The application is busy with another call for ever.
struct busy_fixture : fixture_for {
  busy_fixture() : fixture_for{{.concurrency = 1, .max_waiting = 0, .disconnect_rate = no_limit}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_calling, fixture)

CAF_TEST(the application is told of who left in their order) {
  leave(3);
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s0", "s1", "s2"}));
  CAF_CHECK(transport->made.at(0).request.method == rpc_method::disconnect);
  CAF_CHECK_EQUAL(queued(), 3u);
  for (auto i = 0; i < 3; ++i)
    answer(success());
  CAF_CHECK_EQUAL(queued(), 0u);
  CAF_CHECK_EQUAL(calls(rpc_method::disconnect, success()), 3u);
}

CAF_TEST(no more than sixteen calls are under way) {
  leave(20);
  CAF_CHECK_EQUAL(transport->open(), 16u);
  CAF_CHECK_EQUAL(queued(), 20u);
  answer(success(), 7);
  CAF_CHECK_EQUAL(transport->open(), 16u);
  while (transport->open() > 0)
    answer(success());
  CAF_CHECK_EQUAL(transport->most_open, 16u);
  texts all;
  for (auto i = 0; i < 20; ++i)
    all.push_back("s" + std::to_string(i));
  CAF_CHECK_EQUAL(transport->sids(), all);
  CAF_CHECK_EQUAL(queued(), 0u);
}

CAF_TEST(an answer that is no yes is an answer) {
  leave(5);
  answer(rpc_reply{});
  answer(rpc_reply{.status = rpc_status::failure});
  answer(rpc_failure::timed_out);
  answer(rpc_failure::broken);
  answer(rpc_failure::invalid);
  CAF_CHECK_EQUAL(queued(), 0u);
  CAF_CHECK(*drain() == 1u);
  CAF_CHECK_EQUAL(transport->made.size(), 5u);
}

CAF_TEST(what is still to be told when the actor ends is counted and logged) {
  lines.clear();
  set_log(keep, log_level::warn);
  leave(20);
  caf::anon_send_exit(here.disconnect_queue, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(dropped(), 20u);
  CAF_CHECK_EQUAL(lines, texts{"the application was not told of all connections that ended connections=20"});
}

CAF_TEST(an actor that told all ends silently) {
  lines.clear();
  set_log(keep, log_level::warn);
  leave(1);
  answer(success());
  caf::anon_send_exit(here.disconnect_queue, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(dropped(), 0u);
  CAF_CHECK_EQUAL(lines, texts{});
}

CAF_TEST(without an app server nothing is under way for ever) {
  caf::anon_send_exit(here.app_server, caf::exit_reason::kill);
  consume_messages();
  leave(20);
  CAF_CHECK_EQUAL(queued(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_draining, fixture)

CAF_TEST(with nothing to tell it is done at once) { CAF_CHECK(*drain() == 1u); }

CAF_TEST(it is done when the last call is and says so once) {
  leave(20);
  const auto done = drain();
  for (auto i = 0; i < 19; ++i)
    answer(success());
  CAF_CHECK_EQUAL(*done, 0u);
  answer(success());
  CAF_CHECK_EQUAL(*done, 1u);
  leaves("late");
  answer(success());
  CAF_CHECK_EQUAL(*done, 1u);
  CAF_CHECK(transport->sids().back() == "late");
}

CAF_TEST(who leaves meanwhile is waited for) {
  leaves("s1");
  const auto done = drain();
  leaves("s2");
  answer(success());
  CAF_CHECK_EQUAL(*done, 0u);
  answer(success());
  CAF_CHECK_EQUAL(*done, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_bounds, bounded_fixture)

CAF_TEST(the sender is told of a call once it was made or dropped) {
  texts ends;
  const auto leaves_telling = [&](const std::string& sid) {
    caf::anon_send(
        here.disconnect_queue,
        connection_left{std::make_shared<const rpc_request>(rpc_request{.method = rpc_method::disconnect, .sid = sid}),
                        [&ends, sid](bool was_made) { ends.push_back(sid + (was_made ? " made" : " dropped")); }});
    consume_messages();
  };
  leaves_telling("s1");
  CAF_CHECK_EQUAL(ends, texts{});
  answer(rpc_error{rpc_failure::unavailable, {}});
  CAF_CHECK_EQUAL(ends, texts{});
  advance_time(1s);
  consume_messages();
  answer(rpc_error{rpc_failure::broken, {}});
  CAF_CHECK_EQUAL(ends, texts{"s1 made"});
  leave(disconnect_queue_state::max_under_way + 3);
  leaves_telling("s2");
  CAF_CHECK_EQUAL(ends, (texts{"s1 made", "s2 dropped"}));
}

CAF_TEST(who leaves when too many wait is dropped and counted) {
  lines.clear();
  set_log(keep, log_level::warn);
  leave(16 + 3);
  CAF_CHECK_EQUAL(dropped(), 0u);
  leaves("one");
  leaves("two");
  CAF_CHECK_EQUAL(dropped(), 2u);
  CAF_CHECK_EQUAL(lines, (texts{"disconnect call dropped, too many are waiting sid=one",
                                "disconnect call dropped, too many are waiting sid=two"}));
  CAF_CHECK_EQUAL(queued(), 19u);
  answer(success());
  leaves("three");
  CAF_CHECK_EQUAL(dropped(), 2u);
  while (transport->open() > 0)
    answer(success());
  CAF_CHECK_EQUAL(transport->made.size(), 20u);
  CAF_CHECK(transport->sids().back() == "three");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_without_backlog, fixture_without_backlog)

CAF_TEST(where none may wait a call is still made at once) {
  leaves("s1");
  CAF_CHECK_EQUAL(transport->sids(), texts{"s1"});
  CAF_CHECK_EQUAL(dropped(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_rate, slow_fixture)

CAF_TEST(the first one is told at once and the next one later) {
  leave(3);
  CAF_CHECK_EQUAL(transport->sids(), texts{"s0"});
  CAF_CHECK_EQUAL(queued(), 3u);
  CAF_CHECK(sched.has_pending_timeout());
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), texts{"s0"});
  advance_time(1s);
  consume_messages();
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s0", "s1"}));
}

CAF_TEST(it wakes for the next one only once at a time) {
  leave(10);
  CAF_CHECK_EQUAL(sched.trigger_timeouts(), 1u);
}

CAF_TEST(draining knows no rate) {
  leave(3);
  const auto done = drain();
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s0", "s1", "s2"}));
  transport->script = [](const rpc_request&) { return success(); };
  transport->answer_all(success());
  consume_messages();
  CAF_CHECK_EQUAL(*done, 1u);
  leaves("s3");
  leaves("s4");
  CAF_CHECK(transport->sids().back() == "s4");
}

// The next call is due a second later; draining does not wait for that.
CAF_TEST(an application that was not reached is told again and in the old order) {
  const auto reached = std::make_shared<bool>(false);
  transport->script = [reached](const rpc_request&) -> rpc_outcome {
    if (*reached)
      return success();
    return rpc_error{rpc_failure::unavailable, {}};
  };
  leave(3);
  CAF_CHECK_EQUAL(transport->sids(), texts{"s0"});
  CAF_CHECK_EQUAL(queued(), 3u);
  CAF_CHECK_EQUAL(dropped(), 0u);
  *reached = true;
  CAF_CHECK(*drain() == 1u);
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s0", "s0", "s1", "s2"}));
  CAF_CHECK_EQUAL(queued(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_steady_rate, steady_fixture)

CAF_TEST(all are told in the end and not faster than the rate) {
  transport->script = [](const rpc_request&) { return success(); };
  leave(20);
  for (std::size_t made = 1; made < 20; ++made) {
    CAF_CHECK_EQUAL(transport->made.size(), made);
    advance_time(1ms);
    consume_messages();
  }
  CAF_CHECK_EQUAL(transport->made.size(), 20u);
  CAF_CHECK_EQUAL(queued(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(disconnect_queue_refused, busy_fixture)

CAF_TEST(a call that the app server did not even try is kept) {
  leave(2);
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
  CAF_CHECK_EQUAL(calls(rpc_method::disconnect, rpc_failure::refused), 1u);
  CAF_CHECK_EQUAL(queued(), 2u);
  CAF_CHECK_EQUAL(dropped(), 0u);
  answer(success());
  CAF_CHECK_EQUAL(queued(), 1u);
  const auto done = drain();
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s0", "s1"}));
  answer(success());
  CAF_CHECK_EQUAL(*done, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
