#define CAF_SUITE link_receiver
// The receiving half of a link, without its actor.
#include "actors/cluster/link_receiver.hpp"

#include "tests/actors/cluster/link_fixture.hpp"

using namespace ability;

namespace {

struct fixture : actor_fixture {
  fixture() : actor_fixture{2, in_cluster()} {}

  template <class... Records>
  link_receiver::outcome handle(std::uint64_t number, const Records&... records) {
    return uut.handle(link_fixture::packet(number, records...));
  }

  link_stats stats;
  link_receiver uut{here, nullptr, {}, "there", stats};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_receiver_tests, fixture)

CAF_TEST(packets are numbered from one without a hole) {
  CAF_CHECK(!handle(1, beat_record{}).fault);
  CAF_CHECK(!handle(0, beat_record{}).fault);
  CAF_CHECK(!handle(2, beat_record{}).fault);
  const auto hole = handle(4, beat_record{});
  CAF_REQUIRE(hole.fault);
  CAF_CHECK_EQUAL(*hole.fault, "number 4 behind 2");
  CAF_CHECK(uut.handle("x").fault);
}

CAF_TEST(only numbered packets are acknowledged and each once) {
  handle(0, beat_record{});
  CAF_CHECK(!uut.may_acknowledge());
  for (std::uint64_t i = 1; i <= link_receiver::acknowledge_after; ++i) {
    CAF_CHECK(!uut.must_acknowledge());
    handle(i, beat_record{});
  }
  CAF_CHECK(uut.must_acknowledge());
  CAF_CHECK_EQUAL(uut.take_acknowledgement(), link_receiver::acknowledge_after);
  CAF_CHECK_EQUAL(uut.take_acknowledgement(), 0u);
}

CAF_TEST(the last acknowledgement of a packet counts) {
  CAF_CHECK_EQUAL(handle(0, ack_record{3}, beat_record{}, ack_record{5}).acknowledged, 5u);
  CAF_CHECK_EQUAL(handle(0, beat_record{}).acknowledged, 0u);
  CAF_CHECK_EQUAL(link_receiver::acknowledged_in(link_fixture::packet(1, beat_record{}, ack_record{7})), 7u);
  CAF_CHECK_EQUAL(link_receiver::acknowledged_in("x"), 0u);
}

CAF_TEST(the reason of a node that leaves is an outcome) {
  CAF_CHECK(!handle(1, beat_record{}).leave_reason);
  const auto last = handle(2, leave_record{"stopped"});
  CAF_REQUIRE(last.leave_reason);
  CAF_CHECK_EQUAL(*last.leave_reason, "stopped");
}

CAF_TEST(packets are held up to a bound and come out in order) {
  for (std::uint64_t i = 1; i <= link_receiver::max_held; ++i)
    CAF_CHECK(uut.hold(link_fixture::packet(i, beat_record{})));
  CAF_CHECK(!uut.hold(link_fixture::packet(65, beat_record{})));
  for (std::uint64_t i = 1; i <= link_receiver::max_held; ++i)
    CAF_CHECK(*uut.take_held() == link_fixture::packet(i, beat_record{}));
  CAF_CHECK(!uut.take_held());
}

CAF_TEST(a numbered packet waits behind others and others do not wait) {
  const auto numbered = link_fixture::packet(2, beat_record{});
  CAF_CHECK(!uut.must_wait(numbered));
  uut.hold(link_fixture::packet(1, beat_record{}));
  CAF_CHECK(uut.must_wait(numbered));
  CAF_CHECK(!uut.must_wait(link_fixture::packet(0, beat_record{})));
  uut.clear();
  CAF_CHECK(!uut.holds_any());
}

CAF_TEST_FIXTURE_SCOPE_END()
