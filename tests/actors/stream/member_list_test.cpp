#define CAF_SUITE member_list
#include "actors/stream/presence/member_list.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using outcome = member_list::outcome;
using ids = std::vector<std::string>;

constexpr std::size_t plenty = 100;

member_list::time_point at(std::chrono::seconds time) { return member_list::time_point{time}; }

struct fixture {
  outcome join(const std::string& sid, const std::string& id, std::string_view info = {}, std::size_t most = plenty) {
    return uut.join(sid, id, info, most);
  }

  std::string listed() { return *uut.listing(true); }

  member_list uut;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(member_list_tests, fixture)

CAF_TEST(a member is present from its first session to its last) {
  CAF_CHECK(join("s1", "me") == outcome::joined);
  CAF_CHECK(join("s2", "me") == outcome::updated);
  CAF_CHECK(join("s1", "me") == outcome::updated);
  CAF_CHECK_EQUAL(uut.size(), 1u);
  CAF_CHECK(uut.leave("s1") == "");
  CAF_CHECK(!uut.leave("s1"));
  CAF_CHECK(uut.leave("s2") == "me");
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK(join("s1", "me") == outcome::joined);
}

CAF_TEST(a session has one id) {
  join("s1", "me");
  CAF_CHECK(join("s1", "you") == outcome::another_id);
  uut.end("s1", at(5s));
  CAF_CHECK(join("s1", "you") == outcome::another_id);
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":1,"records":[{"id":"me"}]})");
}

CAF_TEST(a session that ended stays until it is due) {
  join("s1", "a");
  join("s2", "b");
  CAF_CHECK(!uut.next_due());
  CAF_CHECK(uut.end("s2", at(7s)));
  CAF_CHECK(uut.end("s1", at(5s)));
  CAF_CHECK(!uut.end("s1", at(1s)));
  CAF_CHECK(!uut.end("s3", at(1s)));
  CAF_CHECK(uut.next_due() == at(5s));
  CAF_CHECK_EQUAL(uut.expire(at(4s)), ids{});
  CAF_CHECK_EQUAL(uut.expire(at(5s)), ids{"a"});
  CAF_CHECK_EQUAL(uut.expire(at(9s)), ids{"b"});
  CAF_CHECK(!uut.next_due());
}

CAF_TEST(who comes back in time is not due any more) {
  join("s1", "me");
  uut.end("s1", at(5s));
  CAF_CHECK(join("s2", "me") == outcome::returned);
  CAF_CHECK(!uut.next_due());
  CAF_CHECK_EQUAL(uut.expire(at(9s)), ids{});
  CAF_CHECK(uut.leave("s2") == "me");
}

CAF_TEST(the same session can come back) {
  join("s1", "me");
  uut.end("s1", at(5s));
  CAF_CHECK(join("s1", "me") == outcome::returned);
  CAF_CHECK(!uut.next_due());
  CAF_CHECK(uut.leave("s1") == "me");
}

CAF_TEST(a member with a session that lives is not absent when another is due) {
  join("s1", "me");
  join("s2", "me");
  uut.end("s1", at(5s));
  CAF_CHECK_EQUAL(uut.expire(at(5s)), ids{});
  CAF_CHECK_EQUAL(uut.size(), 1u);
  join("s3", "me");
  uut.end("s2", at(9s));
  CAF_CHECK(uut.leave("s3") == "");
  CAF_CHECK_EQUAL(uut.expire(at(9s)), ids{"me"});
}

CAF_TEST(an ended session can be left) {
  join("s1", "me");
  uut.end("s1", at(5s));
  CAF_CHECK(uut.leave("s1") == "me");
  CAF_CHECK(!uut.next_due());
  CAF_CHECK_EQUAL(uut.expire(at(9s)), ids{});
}

CAF_TEST(the list is in the order of ids and follows the last info) {
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":0})");
  join("s1", "b", "1");
  join("s2", "a");
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":2,"records":[{"id":"a"},{"info":1,"id":"b"}]})");
  CAF_CHECK(uut.listing(true) == uut.listing(true));
  join("s3", "b", "[2]");
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":2,"records":[{"id":"a"},{"info":[2],"id":"b"}]})");
  join("s3", "b");
  uut.leave("s2");
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":1,"records":[{"id":"b"}]})");
  CAF_CHECK_EQUAL(std::string{*uut.listing(false)}, R"({"type":"info","total":1})");
}

CAF_TEST(the size of the list is known before it is made) {
  CAF_CHECK_EQUAL(uut.listing_bytes(), 0u);
  for (int i = 0; i < 50; ++i)
    join("s" + std::to_string(i), "member " + std::to_string(i), R"({"name":"Vova"})");
  CAF_CHECK_LESS_OR_EQUAL(listed().size(), uut.listing_bytes() + 40);
  CAF_CHECK_GREATER_OR_EQUAL(listed().size() + 100, uut.listing_bytes());
  for (int i = 0; i < 50; ++i)
    uut.leave("s" + std::to_string(i));
  CAF_CHECK_EQUAL(uut.listing_bytes(), 0u);
}

CAF_TEST(members and their sessions are bounded) {
  CAF_CHECK(join("s1", "a", {}, 2) == outcome::joined);
  CAF_CHECK(join("s2", "b", {}, 2) == outcome::joined);
  CAF_CHECK(join("s3", "c", {}, 2) == outcome::full);
  for (int i = 3; i <= 8; ++i)
    CAF_CHECK(join("s" + std::to_string(i), "a", {}, 2) == outcome::updated);
  CAF_CHECK(join("s9", "a", {}, 2) == outcome::full);
  CAF_CHECK(join("s8", "a", {}, 2) == outcome::updated);
  uut.leave("s8");
  CAF_CHECK(join("s9", "a", {}, 2) == outcome::updated);
  CAF_CHECK(uut.leave("s2") == "b");
  CAF_CHECK(join("s10", "c", {}, 2) == outcome::joined);
}

CAF_TEST(sessions that ended leave room for their member) {
  for (int i = 1; i <= 4; ++i)
    join("s" + std::to_string(i), "a", {}, 1);
  CAF_CHECK(join("s5", "a", {}, 1) == outcome::full);
  for (int i = 1; i <= 4; ++i)
    uut.end("s" + std::to_string(i), at(5s));
  CAF_CHECK(join("s5", "a", {}, 1) == outcome::returned);
  for (int i = 6; i <= 8; ++i)
    CAF_CHECK(join("s" + std::to_string(i), "a", {}, 1) == outcome::updated);
  CAF_CHECK(join("s9", "a", {}, 1) == outcome::full);
  CAF_CHECK_EQUAL(uut.expire(at(9s)), ids{});
}

CAF_TEST(the first members are described in the order of their ids) {
  join("s1", "b", "1");
  join("s2", "a", "22");
  join("s3", "b", "1");
  uut.end("s3", at(10s));
  auto some = uut.first(5, 1'000);
  CAF_REQUIRE_EQUAL(some.size(), 2u);
  CAF_CHECK_EQUAL(some[0].id, "a");
  CAF_CHECK_EQUAL(some[0].info, "22");
  CAF_CHECK_EQUAL(some[1].sessions, 2u);
  CAF_CHECK_EQUAL(some[1].away, 1u);
  CAF_CHECK_EQUAL(uut.sessions(), 3u);
  CAF_CHECK_EQUAL(uut.first(1, 1'000).size(), 1u);
  CAF_CHECK_EQUAL(uut.first(5, 1).size(), 1u);
  uut.expire(at(10s));
  some = uut.first(5, 1'000);
  CAF_CHECK_EQUAL(some.at(1).sessions, 1u);
  CAF_CHECK_EQUAL(uut.sessions(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
