#define CAF_SUITE monitor_queries
// Life and rounds of query actors.
#include "actors/monitor/connections_query.hpp"
#include "actors/runtime/pinned.hpp"

#include "actors/sessions/messages.hpp"
#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;
using promises = std::vector<caf::typed_response_promise<connection_facts>>;

// A connection that answers when the test sends it the sid to tell, and the number of the question.
connection_actor::behavior_type late_connection(connection_actor::pointer self, const std::shared_ptr<promises>& owed) {
  return {
      [](start_handshake) {},
      [](const client_said&) {},
      [](client_gone) {},
      [](const deliver&) {},
      [](const history_lost&) {},
      [owed](const disconnect_client& told) {
        owed->at(std::stoul(told.reason)).deliver(connection_facts{.sid = told.identity});
      },
      [](const surrender_session&) {},
      [](session_changed) {},
      [](follow_awaited) {},
      [self, owed](describe_connection) { return owed->emplace_back(self->make_response_promise<connection_facts>()); },
  };
}

// Asks the same connections in three rounds, and tells the sids of each round.
class three_rounds : public query_state {
public:
  using query_state::query_state;
  void start(lane_home& home, std::vector<connection_actor> whom) {
    query_state::start(home);
    whom_ = std::move(whom);
  }

private:
  void run() override {
    ask_each<connection_facts>(whom_, describe_connection{false}, [this](const answers<connection_facts>& facts) {
      for (const auto& each : facts)
        told_ += each ? each->sid : "-";
      told_ += ' ';
      if (++rounds_ < 3)
        run();
      else
        answer(told_);
    });
  }

  std::vector<connection_actor> whom_;
  std::string told_;
  int rounds_ = 0;
};

struct fixture : monitor_fixture {
  attached who = attach();
  std::shared_ptr<promises> first = std::make_shared<promises>();
  std::shared_ptr<promises> second = std::make_shared<promises>();

  std::vector<connection_actor> late{ends(sys.spawn(late_connection, first)), ends(sys.spawn(late_connection, second))};

  // Has one of them answer its question of this number.
  void tell(std::size_t who_tells, std::size_t question, const std::string& sid) {
    caf::anon_send(late[who_tells], disconnect_client{sid, std::to_string(question), false});
    consume_messages();
  }

  query_actor ask_in_rounds() { return spawn_on<query_actor, three_rounds>(sys, nullptr, home, late); }

  auto ask_monitor_for_connections() {
    return self->request(here.monitor, caf::infinite, ask_monitor{"connections", "", {true, false}});
  }

  // Runs the monitor alone: its queries are spawned, and have not run.
  void run_monitor() {
    while (sched.prioritize(here.monitor))
      sched.run_once();
  }

  std::vector<caf::actor> queries() {
    std::vector<caf::actor> all;
    for (auto* job : sched.jobs)
      if (is_query(job))
        all.push_back(caf::actor_cast<caf::actor>(dynamic_cast<caf::abstract_actor*>(job)));
    return all;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_queries_tests, fixture)

CAF_TEST(a query ends with its answer) {
  follow(let_in("s1"), "a");
  const auto running = sys.registry().running();
  for (const auto& [verb, arguments] :
       std::vector<std::pair<std::string, std::string>>{{"status", ""},
                                                        {"nodes", ""},
                                                        {"connections", ""},
                                                        {"connection", R"({"id":"s1"})"},
                                                        {"connection", R"({"id":"s2"})"},
                                                        {"streams", ""},
                                                        {"stream", R"({"name":"a"})"},
                                                        {"stream", R"({"name":"b"})"}}) {
    CAF_CHECK(ask(who, verb, arguments).is_object());
    CAF_CHECK_EQUAL(sys.registry().running(), running);
  }
}

CAF_TEST(a query that fails is told to be lost and makes room for the next one) {
  std::vector<decltype(ask_monitor_for_connections())> asked;
  for (std::size_t i = 0; i < monitor_state::max_under_way + 2; ++i)
    asked.push_back(ask_monitor_for_connections());
  run_monitor();
  const auto all = queries();
  CAF_REQUIRE_EQUAL(all.size(), monitor_state::max_under_way);
  caf::anon_send_exit(all[0], caf::exit_reason::kill);  // before its question
  sched.prioritize(all[1]);
  sched.run_once();  // it asks the registries
  caf::anon_send_exit(all[1], caf::exit_reason::kill);
  consume_messages();
  texts told;
  for (auto& each : asked)
    each.receive(
        [&](const monitor_answer& answer) {
          const auto what = json::parse(answer.json);
          told.push_back(what.contains("error") ? what["error"]["message"].get<std::string>() : "answered");
        },
        [](const caf::error&) { CAF_ERROR("no answer"); });
  const std::string lost = "the question was lost, ask it again";
  CAF_CHECK_EQUAL(told, (texts{lost, lost, "answered", "answered", "answered", "answered"}));
}

CAF_TEST(queries end with the monitor) {
  caf::anon_send(here.lanes[0]->registry, connection_opened{late[0], 0, "s1"});
  consume_messages();
  const auto running = sys.registry().running();
  self->send(who.session, std::string{"connections"}, std::string{});
  consume_messages();
  CAF_CHECK_EQUAL(first->size(), 1u);
  CAF_CHECK_EQUAL(sys.registry().running(), running + 1);
  caf::anon_send_exit(here.monitor, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(sys.registry().running(), running - 2);  // the monitor and its session
  tell(0, 0, "s1");
}

CAF_TEST(questions that are open when the monitor ends are told to be lost) {
  std::vector<decltype(ask_monitor_for_connections())> asked;
  for (std::size_t i = 0; i < monitor_state::max_under_way + 1; ++i)
    asked.push_back(ask_monitor_for_connections());
  run_monitor();
  caf::anon_send_exit(here.monitor, caf::exit_reason::kill);
  consume_messages();
  for (auto& each : asked)
    each.receive([](const monitor_answer& answer) { CAF_CHECK(answer.json.find("was lost") != std::string::npos); },
                 [](const caf::error&) { CAF_ERROR("no answer"); });
}

CAF_TEST(a round ends with its last answer or after two seconds and what comes later is left out) {
  auto asked = self->request(ask_in_rounds(), caf::infinite, start_query{});
  consume_messages();
  CAF_REQUIRE_EQUAL(first->size(), 1u);
  pass(1s);
  tell(0, 0, "a");
  CAF_CHECK_EQUAL(first->size(), 1u);
  pass(1s);  // the end of the first round
  CAF_REQUIRE_EQUAL(first->size(), 2u);
  tell(1, 0, "x");  // belongs to the first round
  CAF_CHECK_EQUAL(first->size(), 2u);
  tell(1, 1, "c");
  CAF_CHECK_EQUAL(first->size(), 2u);
  pass(1s);
  tell(0, 1, "b");  // the end of the second round
  CAF_REQUIRE_EQUAL(first->size(), 3u);
  tell(0, 2, "d");
  pass(1s);  // the second round would have ended by now; the third has not
  CAF_CHECK(!self->has_next_message());
  tell(1, 2, "e");
  asked.receive([](const monitor_answer& answer) { CAF_CHECK_EQUAL(answer.json, "a- bc de "); },
                [](const caf::error&) { CAF_ERROR("no answer"); });
  pass(1s);
}

CAF_TEST(a round does not wait for an actor that has ended) {
  caf::anon_send_exit(late[0], caf::exit_reason::kill);
  consume_messages();
  auto asked = self->request(ask_in_rounds(), caf::infinite, start_query{});
  consume_messages();
  for (std::size_t round = 0; round < 3; ++round)
    tell(1, round, "a");
  asked.receive([](const monitor_answer& answer) { CAF_CHECK_EQUAL(answer.json, "-a -a -a "); },
                [](const caf::error&) { CAF_ERROR("no answer"); });
  pass(2s);
}

CAF_TEST_FIXTURE_SCOPE_END()
