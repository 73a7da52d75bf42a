#define CAF_SUITE redis_log_answers
#include "protocol/redis_log/log_answers.hpp"

#include <string>
#include <utility>
#include <vector>

#include "caf/test/unit_test.hpp"
#include "protocol/redis/redis_answers.hpp"

using namespace ability;

namespace {

redis_value text(std::string what) { return {.what = redis_value::kind::text, .text = std::move(what)}; }

redis_value list(std::vector<redis_value> items) {
  return {.what = redis_value::kind::list, .items = std::move(items)};
}

redis_value texts(const std::vector<std::string>& all) {
  std::vector<redis_value> items;
  for (const auto& each : all)
    items.push_back(text(each));
  return list(std::move(items));
}

const std::string epoch = "00000000000000ab";

redis_value content(const std::string& last, const std::string& first, const std::string& ancestors,
                    const std::vector<std::string>& entries) {
  auto made = texts({epoch, last, "5000", "100", "9000", first, first > last ? "0" : "4000", ancestors});
  made.items.push_back(texts(entries));
  made.items.push_back(text("2"));
  return made;
}

template <class T>
bool is_malformed(const redis_result<T>& read) {
  const auto* const error = std::get_if<redis_error>(&read);
  return error != nullptr && error->why == redis_failure::malformed;
}

}  // namespace

CAF_TEST(an append is answered with the position) {
  const auto added = std::get<log_appended>(read_appended(texts({"new", epoch, "7", "5000"})));
  CAF_CHECK(added.what == log_appended::outcome::added);
  CAF_CHECK(added.at == (stream_position{0xab, 7}));
  CAF_CHECK_EQUAL(added.time, 5000);
  const auto earlier = std::get<log_appended>(read_appended(texts({"earlier", epoch, "6"})));
  CAF_CHECK(earlier.what == log_appended::outcome::earlier);
  CAF_CHECK(earlier.at == (stream_position{0xab, 6}));
  CAF_CHECK(std::get<log_appended>(read_appended(texts({"unsure"}))).what == log_appended::outcome::unsure);
}

CAF_TEST(a log that is not there is told) {
  const auto part = std::get<std::optional<log_content>>(read_listed("s", list({})));
  CAF_CHECK(!part);
  CAF_CHECK_EQUAL(std::get<std::optional<log_content>>(read_listed("s", content("3", "1", "", {})))->at.offset, 3U);
  CAF_CHECK(is_malformed(read_listed("s", text("x"))));
}

CAF_TEST(an error is answered with its reason) {
  const redis_value full{.what = redis_value::kind::error, .text = "OOM command not allowed"};
  CAF_CHECK(std::get<redis_error>(read_appended(full)).why == redis_failure::out_of_memory);
  CAF_CHECK(std::get<redis_error>(read_content("s", full)).why == redis_failure::out_of_memory);
  CAF_CHECK_EQUAL(error_of(full).detail, "OOM command not allowed");
}

CAF_TEST(other answers are malformed) {
  CAF_CHECK(is_malformed(read_appended(text("new"))));
  CAF_CHECK(is_malformed(read_appended({})));
  for (const std::vector<std::string>& items : std::vector<std::vector<std::string>>{{"new", epoch, "7"},
                                                                                     {"new", epoch, "0", "1"},
                                                                                     {"new", "ab", "7", "1"},
                                                                                     {"new", epoch, "-7", "1"},
                                                                                     {"new", epoch, "7", "x"},
                                                                                     {"old", epoch, "7"},
                                                                                     {"earlier", epoch, "7", "1"},
                                                                                     {}})
    CAF_CHECK(is_malformed(read_appended(texts(items))));
  CAF_CHECK(is_malformed(read_content("s", texts({epoch}))));
  CAF_CHECK(is_malformed(read_content("s", content("3", "5", "", {}))));
  CAF_CHECK(is_malformed(read_content("s", content("3", "1", "x", {}))));
  CAF_CHECK(is_malformed(read_content("s", content("3", "1", "", {"1", "10"}))));
  CAF_CHECK(is_malformed(read_content("s", content("3", "1", "", {"x", "10", "1t0:0:a"}))));
}

CAF_TEST(an entry that is missing or cannot be read is lost with those before) {
  const auto behind = [](const std::vector<std::string>& entries) {
    const auto read = std::get<log_content>(read_content("s", content("4", "1", "", entries)));
    std::string text = std::to_string(read.unreadable) + " from " + std::to_string(read.first) + '@' +
                       std::to_string(read.complete_from) + ':';
    for (const auto& each : read.entries)
      text += each.message.data;
    return text;
  };
  const std::vector<std::string> whole{"1", "10", "1t0:0:a", "2", "20", "1t0:0:b",
                                       "3", "30", "1t0:0:c", "4", "40", "1t0:0:d"};
  CAF_CHECK_EQUAL(behind(whole), "0 from 1@100:abcd");
  auto changed = whole;
  changed[5] = "?";
  CAF_CHECK_EQUAL(behind(changed), "1 from 3@100:cd");
  changed = whole;
  changed[7] = "";
  CAF_CHECK_EQUAL(behind(changed), "1 from 4@100:d");
  changed = whole;
  changed[9] = "5";  // the head does not know of it
  CAF_CHECK_EQUAL(behind(changed), "1 from 1@100:abc");
  changed[10] = "5000";
  changed[9] = "4";
  changed[11] = "2t0:0:d";  // the last one, of a newer daemon
  CAF_CHECK_EQUAL(behind(changed), "1 from 5@5001:");
  changed = whole;
  changed.erase(changed.begin() + 3, changed.begin() + 6);
  CAF_CHECK_EQUAL(behind(changed), "1 from 3@100:cd");
}

CAF_TEST(a log is read with its publications) {
  const auto read = std::get<log_content>(read_content("s", content("3", "2", "00000000000000aa:1 00000000000000a9:0",
                                                                    {"2", "4000", "1t0:0:b", "3", "5000", "1t0:0:c"})));
  CAF_CHECK(read.at == (stream_position{0xab, 3}));
  CAF_CHECK_EQUAL(read.first, 2U);
  CAF_CHECK_EQUAL(read.now, 9000);
  CAF_CHECK(read.has_members);
  CAF_CHECK(read.ancestors == (std::vector<log_ancestor>{{0xaa, 1}, {0xa9, 0}}));
  CAF_REQUIRE_EQUAL(read.entries.size(), 2U);
  CAF_CHECK_EQUAL(read.entries[1].offset, 3U);
  CAF_CHECK_EQUAL(read.entries[1].message.data, "c");
  CAF_CHECK_EQUAL(read.entries[1].message.stream, "s");
}

CAF_TEST(a log is complete since its beginning or since its first publication) {
  const auto from = [](const redis_value& answer) {
    return std::get<log_content>(read_content("s", answer)).complete_from;
  };
  CAF_CHECK_EQUAL(from(content("0", "1", "", {})), 100);
  CAF_CHECK_EQUAL(from(content("3", "1", "", {})), 100);
  CAF_CHECK_EQUAL(from(content("3", "2", "", {})), 4001);
  CAF_CHECK_EQUAL(from(content("3", "4", "", {})), 5001);
}

CAF_TEST(followers are sent the position with the publication) {
  const auto read = read_news("s", epoch + ":12:5000:1j3:0:sid{\"a\":1}");
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(read->epoch, 0xabU);
  CAF_CHECK_EQUAL(read->entry.offset, 12U);
  CAF_CHECK_EQUAL(read->entry.time, 5000);
  CAF_CHECK_EQUAL(read->entry.message.exclude_socket, "sid");
  CAF_CHECK_EQUAL(read->entry.message.data, "{\"a\":1}");
  for (const std::string other : {"", "x", "00000000000000ab:0:1:1t0:0:a", "00000000000000ab:1:1:",
                                  "0000000000000000:1:1:1t0:0:a", "00000000000000ab:x:1:1t0:0:a"})
    CAF_CHECK(!read_news("s", other));
}
