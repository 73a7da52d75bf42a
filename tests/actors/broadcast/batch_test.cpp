#define CAF_SUITE batch
#include "actors/broadcast/batch.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

struct fixture {
  std::atomic<std::uint64_t> unclaimed{0};

  std::shared_ptr<batch> make(std::uint64_t frames, std::uint64_t recipients) {
    auto made = std::make_shared<batch>(unclaimed);
    made->count = frames;
    made->recipients = recipients;
    return made;
  }
};

auto is(std::string_view sid) {
  return [sid](std::string_view excluded) { return excluded == sid; };
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(batch_tests, fixture)

CAF_TEST(a batch that everybody claimed leaves nothing to count) {
  auto uut = make(3, 2);
  uut->claim();
  uut->claim();
  uut = nullptr;
  CAF_CHECK_EQUAL(unclaimed.load(), 0u);
}

CAF_TEST(all frames of those who did not claim a batch are counted once it is gone) {
  auto uut = make(3, 5);
  uut->claim();
  auto other = uut;
  uut = nullptr;
  CAF_CHECK_EQUAL(unclaimed.load(), 0u);
  other = nullptr;
  CAF_CHECK_EQUAL(unclaimed.load(), 12u);
}

CAF_TEST(a batch that was sent to nobody leaves nothing to count) {
  make(3, 0);
  CAF_CHECK_EQUAL(unclaimed.load(), 0u);
}

CAF_TEST(a batch keeps its broadcasts pending) {
  ingress_gate gate{10, 1'000};
  auto uut = make(1, 0);
  uut->sources.push_back(
      std::make_shared<accepted_broadcast>(broadcast{.stream = "s"}, gate, accepted_broadcast::time_point{}));
  CAF_CHECK_EQUAL(gate.pending(), 1u);
  uut = nullptr;
  CAF_CHECK_EQUAL(gate.pending(), 0u);
}

CAF_TEST(a client does not receive the frames that exclude it) {
  auto uut = make(4, 1);
  *uut->bytes = "one,two,three,four,";
  uut->exclusions = {{0, 4, "a"}, {4, 4, "b"}, {14, 5, "a"}};
  CAF_CHECK(uut->without(is("a")) == (batch::selection{"two,three,", 2, 2}));
  CAF_CHECK(uut->without(is("b")) == (batch::selection{"one,three,four,", 3, 3}));
  uut->exclusions.assign(1, {0, 19, "a"});
  uut->count = 1;
  CAF_CHECK(uut->without(is("a")) == (batch::selection{"", 0, 0}));
}

CAF_TEST(a client that counts receives something in place of a frame that excludes it) {
  auto uut = make(4, 1);
  *uut->bytes = "one,two,three,four,";
  uut->exclusions = {{0, 4, "a", "1,"}, {4, 4, "b", "2,"}, {14, 5, "a"}};
  CAF_CHECK(uut->without(is("a")) == (batch::selection{"1,two,three,", 2, 3}));
  CAF_CHECK(uut->without(is("b")) == (batch::selection{"one,2,three,four,", 3, 4}));
}

CAF_TEST_FIXTURE_SCOPE_END()
