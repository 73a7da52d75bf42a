#define CAF_SUITE supervisor
#include "actors/supervisor/supervisor.hpp"

#include <chrono>

#include "actors/node/log.hpp"
#include "actors/supervisor/messages.hpp"
#include "tests/actors/support/fake_entry_source.hpp"
#include "tests/actors/support/fake_redis_link.hpp"

#include "tests/actors/support/app_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field>) { lines.emplace_back(message); }

struct fixture : actor_fixture {
  fixture() : actor_fixture{2} { consume_messages(); }
  ~fixture() override {
    tell(stop_records{});
    set_log(nullptr, log_level::info);
  }

  std::shared_ptr<fake_redis_link> link = std::make_shared<fake_redis_link>();
  std::size_t alarms = 0;
  supervisor_actor uut = spawn_supervisor(here, {link, [this] { ++alarms; }});

  template <class Handle>
  void kill(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    consume_messages();
  }

  template <class Message>
  void tell(Message order) {
    caf::anon_send(uut, std::move(order));
    consume_messages();
  }

  void pass(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }
};

struct fixture_with_application : app_fixture {
  fixture_with_application() { consume_messages(); }

  std::size_t alarms = 0;
  supervisor_actor uut = ends(spawn_supervisor(here, {nullptr, [this] { ++alarms; }}));
};

struct fixture_with_stream : actor_fixture {
  fixture_with_stream() { consume_messages(); }

  std::shared_ptr<fake_entry_source> source = std::make_shared<fake_entry_source>();
  supervisor_actor uut = ends(spawn_supervisor(here, {.entries = source}));
};

struct fixture_without_redis : actor_fixture {
  supervisor_actor uut = ends(spawn_supervisor(here, {}));
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_watching, fixture)

CAF_TEST(every lane has its own records) {
  CAF_CHECK(here.lanes[0]->directory != here.lanes[1]->directory);
  CAF_CHECK(here.lanes[0]->registry != here.lanes[1]->registry);
}

CAF_TEST(redis is connected to from the start) { CAF_CHECK_EQUAL(link->connects, 1u); }

CAF_TEST(a redis subscriber that fails is spawned again after a second) {
  for (std::size_t times = 1; times < 4; ++times) {
    const auto failing = link->owner;
    kill(failing);
    CAF_CHECK_EQUAL(link->closes, times);
    pass(999ms);
    CAF_CHECK_EQUAL(link->connects, times);
    pass(1ms);
    CAF_CHECK_EQUAL(link->connects, times + 1);
    CAF_CHECK(link->owner != failing);
  }
  CAF_CHECK_EQUAL(alarms, 0u);
}

CAF_TEST(a directory that fails is reported) {
  kill(here.lanes[1]->directory);
  CAF_CHECK_EQUAL(alarms, 1u);
}

CAF_TEST(a registry that fails is reported) {
  kill(here.lanes[0]->registry);
  CAF_CHECK_EQUAL(alarms, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(supervisor_stopping, fixture)

CAF_TEST(when the ingress stops redis is left for good) {
  tell(stop_ingress{});
  CAF_CHECK_EQUAL(link->closes, 1u);
  pass(10s);
  CAF_CHECK_EQUAL(link->connects, 1u);
  CAF_CHECK(is_alive(here.lanes[0]->directory));
}

CAF_TEST(a respawn that was due when the ingress stopped does not happen) {
  kill(redis_subscriber_actor{link->owner});
  tell(stop_ingress{});
  pass(10s);
  CAF_CHECK_EQUAL(link->connects, 1u);
}

CAF_TEST(everybody on every lane is told to go) {
  const auto first = let_in("s1", 0);
  const auto second = let_in("s2", 1);
  tell(disconnect_all{"server_restart", true});
  for (const auto* who : {&first, &second}) {
    CAF_CHECK(!is_alive(who->actor));
    CAF_REQUIRE(who->box->closed);
    CAF_CHECK_EQUAL(who->box->closed->text, disconnect_message("server_restart", true));
  }
}

CAF_TEST(at last all actors end and nothing is reported) {
  lines.clear();
  set_log(keep, log_level::warn);
  const auto who = let_in("s1", 0);
  follow(who, "a");
  tell(stop_ingress{});
  tell(disconnect_all{"server_restart", true});
  tell(stop_records{});
  pass(10s);
  CAF_CHECK_EQUAL(sys.registry().running(), 1u);  // the test's own
  CAF_CHECK_EQUAL(alarms, 0u);
  CAF_CHECK_EQUAL(lines, std::vector<std::string>{});
}

CAF_TEST(actors end even if somebody did not go) {
  const auto who = let_in("s1", 0);
  follow(who, "a");
  tell(stop_records{});
  CAF_CHECK(!is_alive(uut));
  CAF_CHECK_EQUAL(link->closes, 1u);
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  CAF_CHECK_EQUAL(sys.registry().running(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(supervisor_with_stream, fixture_with_stream)

CAF_TEST(a redis consumer that fails is spawned again after a second) {
  const auto failing = source->owner;
  caf::anon_send_exit(failing, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(source->closes, 1u);
  advance_time(1s);
  consume_messages();
  CAF_CHECK_EQUAL(source->opens, 2u);
  CAF_CHECK(source->owner != failing);
  ends(source->owner);
}

CAF_TEST(when the ingress stops a redis consumer acknowledges what it has and leaves its group) {
  const auto consumer = source->owner;
  source->answer_one(1, R"({"stream":"a","data":"1"})");
  consume_messages();
  caf::anon_send(uut, stop_ingress{});
  consume_messages();
  CAF_CHECK(is_alive(consumer));
  CAF_CHECK(source->is_stopped);
  source->confirm();
  consume_messages();
  CAF_CHECK_EQUAL(source->leaves, 1u);
  caf::anon_send(consumer, group_left{});
  consume_messages();
  CAF_CHECK(!is_alive(consumer));
  advance_time(10s);
  consume_messages();
  CAF_CHECK_EQUAL(source->opens, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(supervisor_without_redis, fixture_without_redis)

CAF_TEST(a node without redis starts and stops) {
  consume_messages();
  CAF_CHECK(is_alive(uut));
  caf::anon_send(uut, stop_ingress{});
  caf::anon_send(uut, stop_records{});
  consume_messages();
  CAF_CHECK_EQUAL(sys.registry().running(), 1u);
}

CAF_TEST(a failure that nobody wants to hear of is survived) {
  consume_messages();
  caf::anon_send_exit(here.lanes[0]->directory, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(is_alive(uut));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(supervisor_with_application, fixture_with_application)

CAF_TEST(an app server or a disconnect queue that fails is reported) {
  consume_messages();
  caf::anon_send_exit(here.disconnect_queue, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(alarms, 1u);
  caf::anon_send_exit(here.app_server, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(alarms, 2u);
}

CAF_TEST(at last the calls to the application end too) {
  consume_messages();
  const auto who = connect("s1");
  caf::anon_send(who.actor, handshake());
  consume_messages();
  CAF_REQUIRE_EQUAL(transport->open(), 1u);
  caf::anon_send(uut, stop_ingress{});
  caf::anon_send(uut, stop_records{});
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  CAF_CHECK_EQUAL(transport->stops, 1u);
  CAF_CHECK_EQUAL(transport->open(), 0u);
  CAF_CHECK_EQUAL(alarms, 0u);
  CAF_CHECK_EQUAL(sys.registry().running(), 1u);  // the test's own
}

CAF_TEST_FIXTURE_SCOPE_END()
