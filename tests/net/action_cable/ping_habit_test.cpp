// Labels: hardened
#define CAF_SUITE ping_habit
#include "net/action_cable/ping_habit.hpp"

#include "caf/test/unit_test.hpp"
#include "net/action_cable/pong_watch.hpp"
#include "protocol/action_cable/messages.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

ping_habit habit_of(std::string_view query, std::string_view agreed = subprotocol_json, std::string_view offered = {},
                    std::chrono::milliseconds timeout = 0ms) {
  edge_settings settings;
  settings.ping_interval = 3s;
  settings.pong_timeout = timeout;
  upgrade_request request{boost::beast::http::verb::get, "/cable" + std::string{query}, 11};
  request.set(boost::beast::http::field::sec_websocket_protocol, std::string{offered});
  return ping_habit_of(settings, request, agreed);
}

std::chrono::milliseconds interval(std::string_view query) { return habit_of(query).interval; }

ping_unit unit(std::string_view query) { return habit_of(query).unit; }

}  // namespace

CAF_TEST(a client is pinged as all are unless it asks for something else) {
  for (const auto* query : {"", "?", "?pi", "?pi=", "?pi=x", "?pi=-1", "?pi=%2B1", "?pi=1.5", "?pi=3601", "?pi=1s",
                            "?pi=4294967297", "?api=1", "?x=pi=1"})
    CAF_CHECK_EQUAL(interval(query), 3'000ms);
  CAF_CHECK_EQUAL(interval("?pi=1"), 1'000ms);
  CAF_CHECK_EQUAL(interval("?x=1&pi=0"), 0ms);
  CAF_CHECK_EQUAL(interval("?pi=%33600&x"), 3'600'000ms);
  CAF_CHECK_EQUAL(interval("?pi=1&pi=2"), 1'000ms);
  for (const auto* query : {"", "?ptp=", "?ptp=us", "?ptp=MS", "?ptp=m"})
    CAF_CHECK(unit(query) == ping_unit::seconds);
  CAF_CHECK(unit("?ptp=ms&pi=1") == ping_unit::milliseconds);
  CAF_CHECK(unit("?pi=1&ptp=ns") == ping_unit::nanoseconds);
}

CAF_TEST(a pong is owed by who knows of it if there is a time for it) {
  constexpr std::string_view with_extension = "actioncable-v1-json, actioncable-ext-pong, actioncable-unsupported";
  CAF_CHECK(habit_of("", subprotocol_ext_json).pongs == pong_duty::none);
  CAF_CHECK(habit_of("", subprotocol_json, with_extension).pongs == pong_duty::none);
  CAF_CHECK(habit_of("", subprotocol_ext_json, {}, 6s).pongs == pong_duty::always);
  CAF_CHECK(habit_of("", subprotocol_json, with_extension, 6s).pongs == pong_duty::if_welcomed);
  CAF_CHECK(habit_of("", subprotocol_json, "actioncable-v1-json", 6s).pongs == pong_duty::none);
  CAF_CHECK(habit_of("", {}, "actioncable-ext-pong", 6s).pongs == pong_duty::none);
  CAF_CHECK(habit_of("?pi=0", subprotocol_ext_json, {}, 6s).pongs == pong_duty::none);
}

CAF_TEST(the frame of a ping is shared within its unit of time) {
  const auto first = ping_frame(ping_unit::seconds);
  const auto second = ping_frame(ping_unit::seconds);
  CAF_CHECK(first == second || *first != *second);
  for (const auto& [unit, digits] : {std::pair{ping_unit::seconds, 10}, std::pair{ping_unit::milliseconds, 13},
                                     std::pair{ping_unit::nanoseconds, 19}}) {
    const auto text = ping_frame(unit)->substr(2);
    CAF_CHECK_EQUAL(text.size(), ping_message(0).size() - 1 + digits);
    CAF_CHECK(text.starts_with(R"({"type":"ping","message":)"));
  }
}

CAF_TEST(the first ping without an answer counts) {
  const pong_watch::clock::time_point start{1h};
  pong_watch watch{5s};
  watch.start(start, 2s);
  CAF_CHECK_EQUAL(watch.until_due(start), 2'000ms);
  CAF_CHECK(!watch.is_ping_due(start + 1'999ms) && watch.is_ping_due(start + 2s));
  CAF_CHECK(!watch.is_overdue(start + 1h));
  watch.pinged(start + 2s, 3s);
  CAF_CHECK_EQUAL(watch.until_due(start + 2s), 3'000ms);
  watch.pinged(start + 5s, 3s);
  CAF_CHECK_EQUAL(watch.until_due(start + 5s), 2'000ms);
  CAF_CHECK(!watch.is_overdue(start + 6'999ms) && watch.is_overdue(start + 7s));
  CAF_CHECK(!watch.is_ping_due(start + 7s));
  watch.heard();
  CAF_CHECK(!watch.is_overdue(start + 7s));
  CAF_CHECK_EQUAL(watch.until_due(start + 7s), 1'000ms);
  watch.start_again(start + 7s);
  CAF_CHECK(watch.is_overdue(start + 12s));
  CAF_CHECK_EQUAL(watch.until_due(start + 13s), 1ms);
}
