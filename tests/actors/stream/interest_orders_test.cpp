#define CAF_SUITE interest_orders
// The same, in every order in which messages between actors can arrive.
#include "tests/actors/support/every_order.hpp"

#include "tests/actors/stream/interest_fixture.hpp"

using namespace ability;

namespace {

struct orders_fixture : interest_fixture {
  void play(bool kills);
};

// One client comes and goes, another one comes, while a link acknowledges interest and another one closes.
void orders_fixture::play(bool kills) {
  const auto link = open_link();
  link.told->settles = true;
  every_order orders{sched};
  std::size_t wrong = 0;
  do {
    link.told->news.clear();
    const auto leaver = let_in("s1");
    const auto comer = let_in("s2");
    const auto closing = open_link();
    says(comer, command_type::subscribe, a);
    says(leaver, command_type::subscribe, a);
    if (kills)
      caf::anon_send_exit(leaver.actor, caf::exit_reason::kill);
    else
      caf::anon_send(leaver.actor, client_gone{});
    close(closing);
    orders.settle();
    wrong += !is_confirmed(comer);
    wrong += holders(leaver.actor) != 1;
    wrong += link.knows() != texts{"a"};
    publish("a", "1");
    consume_messages();
    wrong += comer.box->seen.empty() || comer.box->seen.back() != message_of("a", "1");
    caf::anon_send(comer.actor, client_gone{});
    consume_messages();
    wrong += streams() != 0;
    wrong += !link.knows().empty();
    wrong += here.gate.pending() != 0;
  } while (orders.next() && orders.rounds() < 5'000);
  CAF_MESSAGE(orders.rounds() << " orders");
  CAF_CHECK_EQUAL(wrong, 0u);
  CAF_CHECK_GREATER(orders.rounds(), 500u);
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(interest_orders, orders_fixture)

CAF_TEST(a client that leaves while others come loses and leaves nothing in whatever order things happen) {
  play(false);
}

CAF_TEST(a connection that fails while others come loses and leaves nothing in whatever order things happen) {
  play(true);
}

CAF_TEST_FIXTURE_SCOPE_END()
