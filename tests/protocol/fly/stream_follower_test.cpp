#define CAF_SUITE fly_stream_follower
#include "protocol/fly/stream_follower.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace ability::fly;
using namespace std::chrono_literals;

using arrival = stream_follower::arrival;
using step = stream_follower::step;

namespace {

struct fixture {
  stream_follower uut;
  stream_follower::time now{5s};

  arrival comes(std::uint64_t offset, std::uint64_t epoch = 1) { return uut.note({epoch, offset}, now); }

  void confirmed(std::uint64_t offset, std::uint64_t last, std::optional<bool> completes = {}) {
    uut.note(beginning{.positions = {{{1, offset}, last}}, .completes = completes}, now);
  }

  void begin(bool may_lose) {
    uut.connected(may_lose);
    uut.asked(now);
  }

  // Passes time until the next check; false: there is none.
  bool waits() {
    if (uut.next_check() == stream_follower::time::max())
      return false;
    now = uut.next_check();
    return true;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(stream_follower_tests, fixture)

CAF_TEST(messages are told by their numbers) {
  begin(true);
  confirmed(7, 7);
  CAF_CHECK(comes(8) == arrival::in_order);
  CAF_CHECK(comes(8) == arrival::repeated);
  CAF_CHECK(comes(3) == arrival::repeated);
  CAF_CHECK(comes(10) == arrival::early);
  CAF_CHECK(comes(9) == arrival::in_order);
  CAF_CHECK(comes(10) == arrival::in_order);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 10}}));
}

CAF_TEST(streams are told apart by their epochs) {
  begin(false);
  confirmed(7, 7);
  CAF_CHECK(comes(3, 2) == arrival::in_order);
  CAF_CHECK(comes(8) == arrival::in_order);
  CAF_CHECK(comes(4, 2) == arrival::in_order);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 8}, {2, 4}}));
}

CAF_TEST(a message before the Confirm counts where none is lost only) {
  begin(true);
  CAF_CHECK(comes(8) == arrival::early);
  confirmed(7, 8);
  CAF_CHECK(comes(8) == arrival::in_order);
  uut = {};
  begin(false);
  CAF_CHECK(comes(8) == arrival::in_order);
  confirmed(7, 7);
  CAF_CHECK(comes(9) == arrival::in_order);
}

CAF_TEST(a gap where none should be lost is told once) {
  begin(false);
  confirmed(7, 7);
  CAF_CHECK(comes(10) == arrival::early);
  CAF_CHECK(comes(11) == arrival::in_order);
  CAF_CHECK(!waits());
}

CAF_TEST(a Subscribe is repeated until it is answered or given up) {
  begin(true);
  CAF_CHECK(uut.is_asking());
  CAF_CHECK(uut.check(now) == step::nothing);
  for (int i = 1; i < stream_follower::most_times; ++i) {
    CAF_REQUIRE(waits());
    CAF_CHECK(uut.check(now) == step::ask);
    uut.asked(now);
  }
  CAF_REQUIRE(waits());
  CAF_CHECK(uut.check(now) == step::give_up);
  CAF_CHECK(!waits());
  begin(true);
  confirmed(7, 7);
  CAF_CHECK(!uut.is_asking());
  CAF_CHECK(!waits());
}

CAF_TEST(behind the last message it is asked once whether there is another) {
  begin(true);
  confirmed(7, 7);
  CAF_CHECK(comes(8) == arrival::in_order);
  CAF_REQUIRE(waits());
  CAF_CHECK(uut.check(now) == step::ask);
  uut.asked(now);
  confirmed(7, 8, true);
  CAF_CHECK(!waits());
}

CAF_TEST(what was on its way with a Confirm may be lost too) {
  begin(true);
  confirmed(7, 9, true);
  CAF_REQUIRE(waits());
  CAF_CHECK(uut.check(now) == step::ask);
  uut.asked(now);
  confirmed(7, 9, true);
  CAF_CHECK(comes(8) == arrival::in_order);
  CAF_CHECK(comes(9) == arrival::in_order);
  CAF_REQUIRE(waits());
}

CAF_TEST(after a loss that is told it goes on where the server does) {
  begin(false);
  uut.note(beginning{.positions = {{{1, 7}, 7}, {{2, 3}, 3}}}, now);
  begin(true);
  CAF_CHECK_EQUAL(uut.known().size(), 2u);
  confirmed(20, 20, false);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 20}}));
  confirmed(5, 20, true);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 20}}));
}

CAF_TEST(a position that was given is left if the server does not know it) {
  uut = stream_follower{std::vector<stream_position>{{1, 40}}};
  begin(false);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 40}}));
  confirmed(7, 7, false);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 7}}));
  CAF_CHECK(comes(8) == arrival::in_order);
  uut = stream_follower{std::vector<stream_position>{{1, 5}}};
  begin(true);
  confirmed(5, 7, true);
  CAF_CHECK(comes(6) == arrival::in_order);
  confirmed(5, 7, false);
  CAF_CHECK(uut.known() == (std::vector<stream_position>{{1, 6}}));
}

CAF_TEST(a rejected Subscribe is not repeated) {
  begin(true);
  uut.refused();
  CAF_CHECK(!uut.is_asking());
  CAF_CHECK(!waits());
}

CAF_TEST_FIXTURE_SCOPE_END()
