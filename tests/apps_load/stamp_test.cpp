#define CAF_SUITE stamp

#include "apps/load/links/stamp.hpp"

#include <caf/test/unit_test.hpp>
#include <limits>

#include "apps/load/scenario/steps.hpp"
#include "protocol/json/json_text.hpp"

using namespace ability::load;

namespace {

constexpr std::uint32_t run = 0xbeef1234;
constexpr stamp mark{17, 3, 123'456, 1'000'000'000'000, 1'000'000'250'000};

std::string message(const stamp& what = mark, std::size_t bytes = 100) {
  std::string text;
  append_message(text, run, what, bytes);
  return text;
}

}  // namespace

CAF_TEST(a message says its stamp and has the length asked for) {
  for (const std::size_t bytes : {min_message_bytes, std::size_t{100}, max_message_bytes}) {
    const auto text = message(mark, bytes);
    CAF_CHECK_EQUAL(text.size(), bytes);
    CAF_CHECK(ability::validate_json(text).has_value());
    CAF_CHECK(find_stamp(text, run) == mark);
  }
}

CAF_TEST(the largest and the oddest values survive) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  constexpr auto late = std::numeric_limits<std::int64_t>::max();
  constexpr auto early = std::numeric_limits<std::int64_t>::min();
  for (const auto& odd : {stamp{~0u, ~0u, most, late, early}, stamp{0, 0, 0, 0, 0}, stamp{1, 2, 3, 50, 40},
                          stamp{1, 2, 3, early, late}, stamp{1, 2, 3, -1, 1}}) {
    const auto text = message(odd, min_message_bytes);
    CAF_CHECK(ability::validate_json(text).has_value());
    CAF_CHECK(find_stamp(text, run) == odd);
  }
}

CAF_TEST(it is found within frames and within another string) {
  const std::string front = R"({"identifier":"{\"channel\":\"a@b\",\"room\":\"@1:2:\"}","message":)";
  CAF_CHECK(find_stamp(front + message() + "}", run) == mark);
  std::string nested;
  ability::append_json_string(nested, message());
  CAF_CHECK(find_stamp(front + "{\"echo\":" + nested + "}}", run) == mark);
}

CAF_TEST(another run has none here) {
  CAF_CHECK(!find_stamp(message(), run + 1));
  std::string other;
  append_message(other, run + 1, mark, 100);
  CAF_CHECK(find_stamp(other + message(stamp{1, 2, 3, 4, 5}), run) == (stamp{1, 2, 3, 4, 5}));
}

CAF_TEST(a text that was cut anywhere has none) {
  const auto text = message();
  for (std::size_t size = 0; size < text.size(); ++size)
    CAF_CHECK(!find_stamp(std::string_view{text}.substr(0, size), run));
  for (std::size_t from = 1; from < text.size(); ++from)
    CAF_CHECK(!find_stamp(std::string_view{text}.substr(from), run));
}

CAF_TEST(what only looks like a stamp is none) {
  const std::string front = "\"@beef1234:";
  for (const std::string rest :
       {"1:2:3:4:\"", "1:2:3:4::\"", "1:2:3:4:g:\"", "1:2:3:4:5\"", "-1:2:3:4:5:\"", " 1:2:3:4:5:\"", "1:2:3:4:5;\"",
        "123456789:2:3:4:5:\"", "1:123456789:3:4:5:\"", "1:2:12345678901234567:4:5:\"", "0x1:2:3:4:5:\""})
    CAF_CHECK(!find_stamp(front + rest, run));
  CAF_CHECK(find_stamp(front + "1:2:3:4:5:\"", run).has_value());
  CAF_CHECK(!find_stamp("@beef1234:1:2:3:4:5:\"", run));
  CAF_CHECK(!find_stamp(std::string(100'000, '@'), run));
  CAF_CHECK(find_stamp(std::string(100'000, '@') + message(), run) == mark);
}
