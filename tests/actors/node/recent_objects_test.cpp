#define CAF_SUITE recent_objects
#include "actors/node/recent_objects.hpp"

#include <memory>
#include <vector>

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

constexpr auto quarter = recent_objects::max_bytes / 4 - recent_objects::base_bytes;

}  // namespace

CAF_TEST(objects live until later ones need their room) {
  recent_objects kept;
  std::vector<std::weak_ptr<const int>> made;
  for (int i = 0; i < 5; ++i) {
    const auto object = std::make_shared<const int>(i);
    made.push_back(object);
    kept.add(object, quarter);
  }
  CAF_CHECK_EQUAL(kept.size(), 4u);
  CAF_CHECK(made[0].expired());
  CAF_CHECK(!made[1].expired());
  CAF_CHECK(!made[4].expired());
}

CAF_TEST(an object over the bound is not kept and small ones are bounded in number) {
  recent_objects kept;
  kept.add(std::make_shared<const int>(1), 0);
  kept.add(std::make_shared<const int>(2), recent_objects::max_bytes);
  CAF_CHECK_EQUAL(kept.size(), 0u);
  for (int i = 0; i < 10'000; ++i)
    kept.add(std::make_shared<const int>(i), 0);
  CAF_CHECK_EQUAL(kept.size(), recent_objects::max_bytes / recent_objects::base_bytes);
}
