#define CAF_SUITE interest_set
#include "actors/stream/interest_set.hpp"

#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(names are there from insert to erase) {
  interest_set uut;
  CAF_CHECK(uut.insert("a"));
  CAF_CHECK(!uut.insert("a"));
  CAF_CHECK(uut.insert("b"));
  CAF_CHECK_EQUAL(uut.size(), 2u);
  CAF_CHECK(uut.contains(hashed_name{"a"}));
  CAF_CHECK(!uut.contains(hashed_name{"c"}));
  CAF_CHECK(uut.erase("a"));
  CAF_CHECK(!uut.erase("a"));
  CAF_CHECK(!uut.contains(hashed_name{"a"}));
  CAF_CHECK_EQUAL(uut.size(), 1u);
}

CAF_TEST(many names are thrown away in small steps) {
  constexpr std::size_t names = 64'000;
  interest_set uut;
  for (std::size_t i = 0; i < names; ++i)
    uut.insert("stream " + std::to_string(i));
  std::size_t largest = 0;
  std::size_t steps = 0;
  for (bool more = true; more; ++steps) {
    const auto before = uut.size();
    more = uut.discard_some(1'000);
    largest = std::max(largest, before - uut.size());
  }
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK_EQUAL(largest, 1'000u);
  CAF_CHECK_LESS(steps, 200u);
  CAF_CHECK(!uut.discard_some(1'000));
}
