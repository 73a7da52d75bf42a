#define CAF_SUITE publication_ids
#include "actors/stream/history/publication_ids.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct fixture {
  publication_ids uut{3, 10s};
  publication_ids::time_point now{};

  publication_ids::noted note(std::string id, std::string stream = "a") {
    return uut.note({.stream = std::move(stream), .id = std::move(id)}, now);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(publication_ids_tests, fixture)

CAF_TEST(an id that was there is a repetition and leads to the first publication) {
  const auto first = note("1");
  CAF_CHECK(!first.is_repeat);
  first.first->at = stream_position{7, 5};
  const auto again = note("1");
  CAF_CHECK(again.is_repeat);
  CAF_CHECK(again.first == first.first);
  CAF_CHECK(again.first->at == (stream_position{7, 5}));
  CAF_CHECK(!note("2").is_repeat);
  CAF_CHECK_EQUAL(uut.size(), 2u);
}

CAF_TEST(ids count for each stream) {
  CAF_CHECK(!note("1", "a").is_repeat);
  CAF_CHECK(!note("1", "b").is_repeat);
  CAF_CHECK(note("1", "a").is_repeat);
  CAF_CHECK(!note("1b", "").is_repeat);  // the border between the two texts counts
  CAF_CHECK(!note("1", "b1").is_repeat);
}

CAF_TEST(an id is forgotten some time after its first publication) {
  note("1");
  now += 6s;
  CAF_CHECK(note("1").is_repeat);
  note("2");
  now += 4s - 1ms;
  CAF_CHECK(note("1").is_repeat);
  now += 1ms;
  const auto anew = note("1");
  CAF_CHECK(!anew.is_repeat);
  CAF_CHECK_EQUAL(anew.forgotten, 0u);
  CAF_CHECK(note("2").is_repeat);
  now += 10s;
  note("3");
  CAF_CHECK_EQUAL(uut.size(), 1u);
}

CAF_TEST(the oldest ids are forgotten when there are too many) {
  for (const auto* id : {"1", "2", "3"})
    CAF_CHECK_EQUAL(note(id).forgotten, 0u);
  const auto kept = note("2").first;
  CAF_CHECK_EQUAL(note("4").forgotten, 1u);
  CAF_CHECK_EQUAL(uut.size(), 3u);
  CAF_CHECK(note("2").first == kept);
  CAF_CHECK_EQUAL(note("1").forgotten, 1u);  // in place of 2, which is no younger for its repetition
  CAF_CHECK(!note("2").is_repeat);
  CAF_CHECK(note("4").is_repeat);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(what is remembered of an id has one size) {
  CAF_CHECK(key_of("a", "1") == key_of("a", "1"));
  CAF_CHECK(key_of("a", "1") != key_of("b", "1"));
  CAF_CHECK(key_of(std::string(100'000, 'a'), "1") != key_of(std::string(100'001, 'a'), "1"));
}
