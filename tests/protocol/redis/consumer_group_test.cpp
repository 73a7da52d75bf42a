// Labels: hardened
#define CAF_SUITE redis_consumer_group
#include "protocol/redis/consumer_group.hpp"

#include <string>
#include <utility>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

const redis_consumer me{"s", "g", "c"};
const redis_value nil{};

redis_value text(std::string what) { return {.what = redis_value::kind::text, .text = std::move(what)}; }

redis_value list(std::vector<redis_value> items) {
  return {.what = redis_value::kind::list, .items = std::move(items)};
}

redis_value error(std::string what) { return {.what = redis_value::kind::error, .text = std::move(what)}; }

redis_value entry(std::string id, std::vector<redis_value> fields) {
  return list({text(std::move(id)), list(std::move(fields))});
}

// The answer to a reading of one stream.
redis_value answer(std::vector<redis_value> entries) { return list({list({text("s"), list(std::move(entries))})}); }

std::vector<redis_entry> taken(redis_value from) {
  auto read = read_taken(from, 10);
  CAF_REQUIRE(std::holds_alternative<std::vector<redis_entry>>(read));
  return std::get<std::vector<redis_entry>>(std::move(read));
}

redis_failure failure(redis_value from) {
  const auto read = read_taken(from, 10);
  CAF_REQUIRE(std::holds_alternative<redis_error>(read));
  return std::get<redis_error>(read).why;
}

// The words of a command, with spaces between them.
std::string words(std::string_view command) {
  std::string all;
  for (auto at = command.find("\r\n"); at + 2 < command.size();) {
    const auto begin = command.find("\r\n", at + 2) + 2;
    at = command.find("\r\n", begin);
    all.append(all.empty() ? "" : " ").append(command.substr(begin, at - begin));
  }
  return all;
}

}  // namespace

CAF_TEST(ids are two numbers) {
  CAF_CHECK(read_entry_id("1526919030474-55") == (redis_entry_id{1'526'919'030'474, 55}));
  CAF_CHECK(read_entry_id("18446744073709551615-18446744073709551615"));
  for (const auto* wrong : {"", "-", "1", "1-", "-1", "1-2-3", "1-x", " 1-1", "18446744073709551616-0", "1--1"})
    CAF_CHECK(!read_entry_id(wrong));
  CAF_CHECK_EQUAL(to_text({7, 8}), "7-8");
  CAF_CHECK((redis_entry_id{2, 0}) > (redis_entry_id{1, 9}));
  CAF_CHECK(before({7, 8}) == (redis_entry_id{7, 7}));
  CAF_CHECK(before({7, 0}) == (redis_entry_id{6, 18'446'744'073'709'551'615U}));
  CAF_CHECK(before({0, 0}) == redis_entry_id{});
}

CAF_TEST(commands are those of Redis) {
  const std::vector<redis_entry_id> two{{1, 0}, {2, 3}};
  CAF_CHECK_EQUAL(words(create_group_command(me)), "XGROUP CREATE s g 0 MKSTREAM");
  CAF_CHECK_EQUAL(words(read_new_command(me, 5, std::chrono::milliseconds{2'000})),
                  "XREADGROUP GROUP g c COUNT 5 BLOCK 2000 STREAMS s >");
  CAF_CHECK_EQUAL(words(read_own_command(me, 5, {})), "XREADGROUP GROUP g c COUNT 5 STREAMS s 0-0");
  CAF_CHECK_EQUAL(words(acknowledge_command(me, two)), "XACK s g 1-0 2-3");
  CAF_CHECK_EQUAL(words(delete_command(me, two)), "XDEL s 1-0 2-3");
  CAF_CHECK_EQUAL(words(keep_command(me, two)), "XCLAIM s g c 0 1-0 2-3 JUSTID");
  CAF_CHECK_EQUAL(words(claim_command(me, 5, std::chrono::milliseconds{9}, {1, 2})),
                  "XAUTOCLAIM s g c 9 1-2 COUNT 5 JUSTID");
  CAF_CHECK_EQUAL(words(first_own_command(me, {1, 2})), "XPENDING s g (1-2 + 1 c");
  CAF_CHECK(leave_command(me).starts_with("*6\r\n$4\r\nEVAL\r\n"));
}

CAF_TEST(entries are read in their order) {
  const auto read = taken(answer({entry("1-0", {text("payload"), text("a")}),
                                  entry("1-1", {text("x"), text("y"), text("payload"), text("b"), text("z"), nil})}));
  CAF_REQUIRE_EQUAL(read.size(), 2u);
  CAF_CHECK(read[0].id == (redis_entry_id{1, 0}));
  CAF_CHECK(read[0].what == redis_entry::content::payload);
  CAF_CHECK_EQUAL(read[0].payload, "a");
  CAF_CHECK_EQUAL(read[1].payload, "b");
  CAF_CHECK(taken(nil).empty());
  CAF_CHECK(taken(answer({})).empty());
}

CAF_TEST(an entry without a payload of fitting length is told apart) {
  const auto read = taken(answer(
      {entry("1-0", {text("data"), text("a")}), entry("2-0", {}), entry("3-0", {text("payload"), text("12345678901")}),
       entry("4-0", {text("payload"), nil}), list({text("5-0"), nil}), entry("6-0", {text("payload")})}));
  using content = redis_entry::content;
  std::vector<content> kinds;
  for (const auto& each : read)
    kinds.push_back(each.what);
  CAF_CHECK(kinds == (std::vector{content::no_payload, content::no_payload, content::too_large, content::too_large,
                                  content::gone, content::no_payload}));
}

CAF_TEST(other answers are errors) {
  CAF_CHECK_EQUAL(failure(error("WRONGTYPE Operation against a key")), redis_failure::other);
  CAF_CHECK_EQUAL(failure(error("READONLY You can't write against a read only replica.")), redis_failure::read_only);
  for (const auto& wrong :
       {text("x"), list({}), list({text("s")}), list({list({text("s")})}), list({list({text("s"), nil})}),
        answer({text("1-0")}), answer({list({text("1-0")})}), answer({entry("x", {})}), answer({list({nil, list({})})}),
        answer({list({text("1-0"), text("payload")})}),
        list({list({text("s"), list({})}), list({text("t"), list({})})})})
    CAF_CHECK_EQUAL(failure(wrong), redis_failure::malformed);
}

CAF_TEST(claimed entries are ids and the place to go on) {
  const auto read = read_claimed(list({text("7-1"), list({text("1-0"), text("2-0")}), list({text("3-0")})}));
  const auto& claimed = std::get<redis_claimed>(read);
  CAF_CHECK(claimed.next == (redis_entry_id{7, 1}));
  CAF_CHECK(claimed.ids == (std::vector<redis_entry_id>{{1, 0}, {2, 0}}));
  CAF_CHECK_EQUAL(claimed.gone, 1u);
  CAF_CHECK_EQUAL(std::get<redis_claimed>(read_claimed(list({text("0-0"), list({})}))).gone, 0u);  // Redis 6.2
  for (const auto& wrong : {nil, list({text("0-0")}), list({text("x"), list({})}), list({text("0-0"), list({nil})})})
    CAF_CHECK(std::holds_alternative<redis_error>(read_claimed(wrong)));
}

CAF_TEST(the first own entry is the first item of the first list) {
  CAF_CHECK(read_first_own(list({list({text("1-2"), text("c"), nil, nil})})) == (redis_entry_id{1, 2}));
  for (const auto& none : {nil, list({}), list({list({})}), list({text("1-2")}), error("NOGROUP")})
    CAF_CHECK(!read_first_own(none));
}

CAF_TEST(the lack of a group is told by its error) {
  CAF_CHECK(lacks_group(error("NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option")));
  CAF_CHECK(lacks_group(error("UNBLOCKED the stream key no longer exists")));
  CAF_CHECK(!lacks_group(error("WRONGTYPE Operation against a key")));
  CAF_CHECK(!lacks_group(text("NOGROUP")));
  CAF_CHECK(has_group(error("BUSYGROUP Consumer Group name already exists")));
  CAF_CHECK(has_group({.what = redis_value::kind::status, .text = "OK"}));
  CAF_CHECK(!has_group(error("NOPERM")));
}
