#define CAF_SUITE directory
#include "actors/stream/directory.hpp"

#include "tests/actors/support/every_order.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

struct fixture : actor_fixture {
  const std::string a = identifier_of("a");
  const directory_actor& uut = here.lanes.front()->directory;

  std::uint64_t streams() const { return sum(&lane_counters::streams_opened) - sum(&lane_counters::streams_closed); }

  // Kills the only stream actor with pending messages.
  void kill_next_stream() {
    for (auto* job : sched.jobs) {
      auto& actor = dynamic_cast<caf::scheduled_actor&>(*job);
      if (std::string_view{actor.name()} == "ability.stream") {
        caf::anon_send_exit(caf::actor_cast<caf::actor>(actor.address()), caf::exit_reason::kill);
        return;
      }
    }
    CAF_FAIL("no stream has something to do");
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(directory_tests, fixture)

CAF_TEST(all who follow a stream share one actor) {
  follow(let_in("s1"), "a");
  follow(let_in("s2"), "a");
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 1u);
  follow(let_in("s3"), "b");
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 2u);
}

CAF_TEST(streams are kept apart) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  follow(second, "b");
  publish("a", "1");
  publish("b", "2");
  consume_messages();
  CAF_CHECK_EQUAL(first.box->seen, texts{message_of("a", "1")});
  CAF_CHECK_EQUAL(second.box->seen, texts{message_of("b", "2")});
  CAF_CHECK_EQUAL(sum(&lane_counters::broadcasts), 2u);
  CAF_CHECK_EQUAL(sum(&lane_counters::unheard_broadcasts), 0u);
}

CAF_TEST(an earlier stream of the same name cannot retire the present one) {
  const auto who = let_in("s1");
  follow(who, "a");
  const auto page = ask<stream_page>(uut, list_streams{{}, {}, 10});
  CAF_REQUIRE_EQUAL(page.entries.size(), 1u);
  const auto earlier = page.entries.front().stream;
  says(who, command_type::unsubscribe, a);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
  follow(who, "a");
  caf::anon_send(uut, stream_idle{page.entries.front().name, earlier, 1});
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 1u);
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, texts{message_of("a", "1")});
}

CAF_TEST(what nobody follows is counted as unheard and pending no more) {
  publish("a", "1");
  CAF_CHECK_EQUAL(here.gate.pending(), 1u);
  consume_messages();
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::broadcasts), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::unheard_broadcasts), 1u);
  CAF_CHECK_EQUAL(streams(), 0u);
}

CAF_TEST(a stream that nobody follows is retired and can come again) {
  const auto who = let_in("s1");
  for (const auto* data : {"1", "2"}) {
    follow(who, "a");
    CAF_CHECK_EQUAL(streams(), 1u);
    publish("a", data);
    consume_messages();
    says(who, command_type::unsubscribe, a);
    consume_messages();
    CAF_CHECK_EQUAL(streams(), 0u);
  }
  CAF_CHECK_EQUAL(who.box->seen, (texts{message_of("a", "1"), message_of("a", "2")}));
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 2u);
}

CAF_TEST(a stream that is retired ends even if somebody still refers to it) {
  const auto who = let_in("s1");
  auto answer = self->request(uut, caf::infinite, subscribe{"a", a, &action_cable_json(), who.actor});
  consume_messages();
  stream_actor stream;
  answer.receive([&](const subscribed& news) { stream = news.actor; },
                 [](const caf::error&) { CAF_FAIL("not subscribed"); });
  caf::anon_send(uut, unsubscribe{"a", a, &action_cable_json(), who.actor, unsubscribe::unknown_slot});
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
  CAF_CHECK(!is_alive(stream));
}

CAF_TEST(a stream that was idle but is asked for again lives on) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  says(first, command_type::unsubscribe, a);
  says(second, command_type::subscribe, a);
  expect((client_said), from(_).to(first.actor));
  expect((client_said), from(_).to(second.actor));
  expect((subscribe), from(second.actor).to(uut));  // before the directory learns that the stream is idle
  consume_messages();
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 1u);
  CAF_CHECK_EQUAL(streams(), 1u);
  CAF_CHECK_EQUAL(second.box->seen, (texts{confirm_subscription(a), message_of("a", "1")}));
}

CAF_TEST(an unsubscribe from a stream that nobody follows changes nothing) {
  const auto who = let_in("s1");
  caf::anon_send(uut, unsubscribe{"a", a, &action_cable_json(), who.actor, unsubscribe::unknown_slot});
  consume_messages();
  CAF_CHECK(is_alive(uut));
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 0u);
}

CAF_TEST(a stream that failed is forgotten and can come again) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  follow(let_in("s3"), "b");
  publish("a", "1");
  expect((broadcasts), from(_).to(uut));
  kill_next_stream();
  consume_messages();
  CAF_CHECK(first.box->closed);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  CAF_CHECK_EQUAL(streams(), 1u);
  follow(second, "a");
  publish("a", "2");
  consume_messages();
  CAF_CHECK_EQUAL(second.box->seen, texts{message_of("a", "2")});
  CAF_CHECK_EQUAL(streams(), 2u);
}

CAF_TEST(a directory that ends takes its streams with it) {
  const auto who = let_in("s1");
  follow(who, "a");
  const auto before = sys.registry().running();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(sys.registry().running(), before - 3);  // the directory, the stream, the connection
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("server_restart", true));
}

CAF_TEST(a client that subscribes when the directory has ended is told to come back) {
  const auto who = let_in("s1");
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  says(who, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK(!is_alive(who.actor));
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("server_restart", true));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(directory_orders, fixture)

// One client leaves, or ends, while another one comes and receives all broadcasts from its confirmation on.
CAF_TEST(retiring a stream loses no subscribe in flight in whatever order things happen) {
  auto leaver = let_in("s1");
  const auto comer = let_in("s2");
  comer.box->on_text = [this](std::string_view text) {
    if (text == confirm_subscription(a))
      publish("a", "1");
  };
  every_order orders{sched};
  std::size_t retired = 0;
  std::size_t lost = 0;
  do {
    comer.box->forget();
    const auto closed_before = sum(&lane_counters::streams_closed);
    says(leaver, command_type::subscribe, a);
    says(leaver, command_type::unsubscribe, a);
    says(comer, command_type::subscribe, a);
    orders.settle();
    lost += comer.box->seen != texts{confirm_subscription(a), message_of("a", "1")};
    lost += streams() != 1;
    retired += sum(&lane_counters::streams_closed) - closed_before;
    says(comer, command_type::unsubscribe, a);
    consume_messages();
    lost += streams() != 0;
  } while (orders.next());
  CAF_MESSAGE(orders.rounds() << " orders, retired in " << retired);
  CAF_CHECK_EQUAL(lost, 0u);
  CAF_CHECK_GREATER(orders.rounds(), 1000u);
  CAF_CHECK_GREATER(retired, 0u);
  CAF_CHECK_LESS(retired, orders.rounds());
}

CAF_TEST(a connection that ends in whatever order leaves no trace in its stream) {
  const auto other = let_in("s2");
  every_order orders{sched};
  std::size_t wrong = 0;
  do {
    other.box->forget();
    auto ending = let_in("s1");
    says(ending, command_type::subscribe, a);
    says(other, command_type::subscribe, a);
    caf::anon_send(ending.actor, client_gone{});
    orders.settle();
    wrong += holders(ending.actor) != 1;
    publish("a", "1");
    consume_messages();
    wrong += other.box->seen != texts{confirm_subscription(a), message_of("a", "1")};
    wrong += here.gate.pending() != 0;
    says(other, command_type::unsubscribe, a);
    consume_messages();
    wrong += streams() != 0;
  } while (orders.next());
  CAF_MESSAGE(orders.rounds() << " orders");
  CAF_CHECK_EQUAL(wrong, 0u);
  CAF_CHECK_GREATER(orders.rounds(), 1000u);
}

CAF_TEST(a client that comes and goes in whatever order gets what its last confirmation promised) {
  const auto who = let_in("s1");
  const auto other = let_in("s2");
  every_order orders{sched};
  std::size_t wrong = 0;
  do {
    who.box->forget();
    follow(other, "a");
    for (const auto what : {command_type::subscribe, command_type::unsubscribe, command_type::subscribe})
      says(who, what, a);
    says(other, command_type::unsubscribe, a);
    orders.settle();
    publish("a", "1");
    consume_messages();
    wrong += who.box->seen != texts{confirm_subscription(a), confirm_subscription(a), message_of("a", "1")};
    wrong += streams() != 1;
    says(who, command_type::unsubscribe, a);
    consume_messages();
    wrong += streams() != 0;
  } while (orders.next());
  CAF_MESSAGE(orders.rounds() << " orders");
  CAF_CHECK_EQUAL(wrong, 0u);
  CAF_CHECK_GREATER(orders.rounds(), 100u);
}

CAF_TEST_FIXTURE_SCOPE_END()
