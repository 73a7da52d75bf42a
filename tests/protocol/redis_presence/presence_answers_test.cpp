#define CAF_SUITE redis_presence_answers
#include "protocol/redis_presence/presence_answers.hpp"

#include <string>
#include <utility>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "protocol/redis_presence/presence_commands.hpp"

using namespace ability;

namespace {

redis_value text(std::string what) { return {.what = redis_value::kind::text, .text = std::move(what)}; }

redis_value texts(const std::vector<std::string>& all) {
  redis_value list{.what = redis_value::kind::list};
  for (const auto& each : all)
    list.items.push_back(text(each));
  return list;
}

template <class T>
bool is_malformed(const redis_result<T>& read) {
  const auto* const error = std::get_if<redis_error>(&read);
  return error != nullptr && error->why == redis_failure::malformed;
}

using outcome = member_outcome;

}  // namespace

CAF_TEST(orders are answered one by one) {
  const auto read = std::get<presence_applied>(read_applied(texts({"3", "15000", "joined", "expired:2", "still"}), 3));
  CAF_CHECK_EQUAL(read.done.total, 3U);
  CAF_CHECK(read.done.next_due == std::chrono::milliseconds{15'000});
  CAF_CHECK(read.done.results ==
            (std::vector<member_result>{{outcome::joined}, {outcome::expired, 2}, {outcome::still}}));
  CAF_CHECK(!read.refused);
  const auto nobody = std::get<presence_applied>(read_applied(texts({"0", "", "left"}), 1));
  CAF_CHECK(!nobody.done.next_due);
}

CAF_TEST(an order that the server refuses is told with the reason) {
  for (const std::string why : {"OOM command not allowed when used memory > 'maxmemory'.",
                                "@user_script: 30: -OOM command not allowed when used memory > 'maxmemory'."}) {
    const auto read = std::get<presence_applied>(read_applied(texts({"0", "", "failed:" + why, "absent"}), 2));
    CAF_CHECK(read.done.results == (std::vector<member_result>{{outcome::failed}, {outcome::absent}}));
    CAF_REQUIRE(read.refused);
    CAF_CHECK(read.refused->why == redis_failure::out_of_memory);
  }
  const redis_value denied{.what = redis_value::kind::error, .text = "NOPERM no"};
  CAF_CHECK(std::get<redis_error>(read_applied(denied, 1)).why == redis_failure::denied);
  CAF_CHECK(std::get<redis_error>(read_scanned(denied)).why == redis_failure::denied);
}

CAF_TEST(other answers are malformed) {
  for (const std::vector<std::string>& items : std::vector<std::vector<std::string>>{{},
                                                                                     {"1"},
                                                                                     {"1", ""},
                                                                                     {"x", "", "joined"},
                                                                                     {"-1", "", "joined"},
                                                                                     {"1", "x", "joined"},
                                                                                     {"1", "-1", "joined"},
                                                                                     {"1", "", "Joined"},
                                                                                     {"1", "", "expired:"},
                                                                                     {"1", "", "joined", "left"}})
    CAF_CHECK(is_malformed(read_applied(texts(items), 1)));
  CAF_CHECK(is_malformed(read_applied(text("1"), 1)));
  auto scanned = texts({"0"});
  CAF_CHECK(is_malformed(read_scanned(scanned)));
  scanned.items.push_back(texts({"id"}));
  CAF_CHECK(is_malformed(read_scanned(scanned)));
}

CAF_TEST(what is no member is passed over) {
  for (const std::string value : {"", "1", "1:", "x::", "-1::", "::"}) {
    auto answer = texts({"0"});
    answer.items.push_back(texts({"other", value, "id", "1::2"}));
    const auto read = std::get<scanned_members>(read_scanned(answer));
    CAF_REQUIRE_EQUAL(read.members.size(), 1U);
    CAF_CHECK_EQUAL(read.members[0].id, "id");
  }
}

CAF_TEST(members are read with their sessions) {
  auto answer = texts({"17"});
  answer.items.push_back(texts({"a", "2::{\"a\":\":\"}", "b", "0:s1:", "c", "1:s2:3"}));
  const auto read = std::get<scanned_members>(read_scanned(answer));
  CAF_CHECK_EQUAL(read.cursor, "17");
  CAF_REQUIRE_EQUAL(read.members.size(), 3U);
  const auto is = [](const member_facts& one, std::string_view id, std::string_view info, std::size_t sessions,
                     std::size_t away) {
    return one.id == id && one.info == info && one.sessions == sessions && one.away == away;
  };
  CAF_CHECK(is(read.members[0], "a", "{\"a\":\":\"}", 2, 0));
  CAF_CHECK(is(read.members[1], "b", "", 1, 1));
  CAF_CHECK(is(read.members[2], "c", "3", 2, 1));
}

CAF_TEST(events are told apart from publications and from each other) {
  CAF_CHECK(!is_member_news("00000000000000ab:1:1:1t0:0:a"));
  CAF_CHECK(!is_member_news(""));
  const std::string all = "+2:7:me{\"a\":1}-3:a:b+1:0:c";
  CAF_CHECK(is_member_news(all));
  const auto events = read_member_news(all);
  CAF_REQUIRE(events);
  CAF_CHECK(*events == (std::vector<member_event>{{true, "me", "{\"a\":1}"}, {false, "a:b"}, {true, "c"}}));
  for (std::size_t size = 0; size < all.size(); ++size)  // cut at each byte
    if (const auto some = read_member_news(all.substr(0, size)))
      CAF_CHECK(some->size() < events->size());
  for (const std::string other : {"x", "+", "-", "+1:1:a", "-2:a", "-1:ab", "+-1:0:a", "-99999999999999999999:a"})
    CAF_CHECK(!read_member_news(other));
}

CAF_TEST(all keys of a stream have the hash tag of its log) {
  const presence_keys keys{"ability", "room/1"};
  CAF_CHECK_EQUAL(keys.who, "ability:who{s:room/1}");
  CAF_CHECK_EQUAL(keys.due, "ability:due{s:room/1}");
  CAF_CHECK_EQUAL(keys.channel, (log_keys{"ability", "room/1"}.channel));
  CAF_CHECK_EQUAL((presence_keys{"ability", "room/1", 2}.channel), (log_keys{"ability", "room/1", 2}.channel));
  CAF_CHECK_EQUAL(keys.due, (log_keys{"ability", "room/1"}.due));
}
