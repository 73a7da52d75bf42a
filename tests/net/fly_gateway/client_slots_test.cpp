#define CAF_SUITE client_slots

#include "net/fly_gateway/client_slots.hpp"

#include "caf/test/unit_test.hpp"
#include "net/fly_gateway/backend_link.hpp"

using namespace ability;

namespace {

struct some_client final : backend_client {
  void from_backend(std::string_view, shared_frames&) override {}
  void backend_closed(std::string_view) override {}
  void backend_drained() override {}
};

struct fixture {
  some_client a;
  some_client b;
  client_slots uut;

  fixture() { uut.open(); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(client_slots_tests, fixture)

CAF_TEST(clients are found by their ids and the link has its own) {
  const auto first = uut.take(a);
  const auto second = uut.take(b);
  CAF_REQUIRE(first && second);
  CAF_CHECK(*first != fly::link_id && *second != fly::link_id && *first != *second);
  CAF_CHECK(uut.find(*first) == &a);
  CAF_CHECK(uut.find(*second) == &b);
  CAF_CHECK(uut.find(fly::link_id) == nullptr);
  CAF_CHECK(uut.find(1'000) == nullptr);
}

CAF_TEST(an id that was closed here rests until the backend closes it) {
  const auto first = *uut.take(a);
  CAF_CHECK(uut.close(first));
  CAF_CHECK(!uut.close(first));
  CAF_CHECK(uut.find(first) == nullptr);
  CAF_CHECK(*uut.take(b) != first);
  CAF_CHECK(uut.free(first) == nullptr);
  CAF_CHECK_EQUAL(*uut.take(a), first);
}

CAF_TEST(an id that the backend closes is free at once) {
  const auto first = *uut.take(a);
  CAF_CHECK(uut.free(first) == &a);
  CAF_CHECK(uut.free(first) == nullptr);
  CAF_CHECK_EQUAL(*uut.take(b), first);
  CAF_CHECK(*uut.take(a) != first);
}

CAF_TEST(a frame names each target once) {
  const auto first = *uut.take(a);
  uut.begin_frame();
  CAF_CHECK(uut.is_new_target(first));
  CAF_CHECK(!uut.is_new_target(first));
  CAF_CHECK(uut.is_new_target(fly::link_id));
  CAF_CHECK(!uut.is_new_target(1'000));
  uut.begin_frame();
  CAF_CHECK(uut.is_new_target(first));
}

CAF_TEST(there is a place for each id except that of the link) {
  for (std::size_t i = 1; i < client_slots::max_places; ++i)
    CAF_REQUIRE(uut.take(a));
  CAF_CHECK(!uut.take(b));
  CAF_CHECK(uut.free(77) == &a);
  CAF_CHECK_EQUAL(*uut.take(b), 77u);
}

CAF_TEST(a lost link gives its clients back) {
  const auto first = *uut.take(a);
  uut.take(b);
  uut.close(first);
  CAF_CHECK(uut.clear() == std::vector<backend_client*>{&b});
  CAF_CHECK(uut.clear().empty());
  uut.open();
  CAF_CHECK_EQUAL(*uut.take(a), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
