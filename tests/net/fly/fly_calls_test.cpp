#define CAF_SUITE fly_calls
#include <set>

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct fixture : calling_fixture {
  void answer(const kept_packet& what, std::string_view text = "7", std::uint8_t options = rpc_option::resp) {
    to.put({subtype::rpc, options, what.command, what.sequence, text});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_calls_tests, fixture)

CAF_TEST(both sides call and are answered) {
  const auto server = make_engine();
  client = make_engine();
  on(server, 1, [](int x) { return x + 1; });
  on(client, 1, [](const std::string& x) { return x + "!"; });
  const auto [a, b] = connect(client, server);
  ending<int> one;
  ending<std::string> two;
  a.call<int>(1, 41, one);
  b.call<std::string>(1, "hi", two);
  settle();
  CAF_CHECK(one.ok() && **one == 42);
  CAF_CHECK(two.ok() && **two == "hi!");
}

CAF_TEST(a request has the bytes of the protocol) {
  dial();
  from->call<void>(0x0102, raw{"hi"}, ending<void>{});
  CAF_CHECK(from->send_message(0x0102, raw{}).has_value());
  settle();
  CAF_CHECK(own->sent == std::string("\xc4\1\2\1\0\2hi\xc4\1\2\2\0\0", 14));
}

CAF_TEST(a reply belongs to its command and number) {
  dial();
  const auto end = call(5);
  settle();
  to.put({subtype::rpc, rpc_option::resp, 6, 1, "7"});
  to.put({subtype::rpc, rpc_option::resp, 5, 2, "7"});
  settle();
  CAF_CHECK(!end.there());
  CAF_CHECK_EQUAL(client->stats.stray_replies, 2u);
  to.put({subtype::rpc, rpc_option::resp, 5, 1, "7"});
  to.put({subtype::rpc, rpc_option::resp, 5, 1, "8"});
  settle();
  CAF_CHECK(end.ok() && **end == 7);
  CAF_CHECK_EQUAL(client->stats.stray_replies, 3u);
}

CAF_TEST(what fails says why) {
  dial();
  const auto one = call(5);
  const auto two = call(5);
  const auto three = call(5);
  settle();
  constexpr std::uint8_t failed = rpc_option::resp | rpc_option::error;
  answer(to.got[0], encode_error(remote_error{error_code::forbidden, "no"}), failed);
  answer(to.got[1], "abc", failed);
  answer(to.got[2], "no number");
  settle();
  CAF_CHECK(one.failed(error_code::forbidden));
  CAF_CHECK((*one).error().text == "no");
  CAF_CHECK(two.failed(error_code::handler_error));
  CAF_CHECK(three.failed(error_code::bad_payload));
}

CAF_TEST(a call times out and its late reply is dropped) {
  dial();
  const auto end = call(5, 20ms);
  CAF_CHECK(run_until([&] { return end.there(); }));
  CAF_CHECK(end.failed(error_code::timeout));
  answer(to.got[0]);
  settle();
  CAF_CHECK_EQUAL(client->stats.stray_replies, 1u);
  CAF_CHECK(from->is_open());
}

CAF_TEST(the number of a call that timed out rests) {
  how.quarantine = 60ms;
  dial();
  const auto end = call(5, 10ms);
  CAF_CHECK(run_until([&] { return end.there(); }));
  for (int i = 0; i < 256; ++i)
    call(5);
  settle();
  CAF_CHECK_EQUAL(to.got.size(), 256u);  // the last call waits for the number in quarantine
  for (std::size_t i = 1; i < to.got.size(); ++i)
    CAF_CHECK(to.got[i].sequence != to.got[0].sequence);
  CAF_CHECK(run_until([&] { return to.got.size() == 257; }));
  CAF_CHECK_EQUAL(int{to.got.back().sequence}, int{to.got[0].sequence});
}

CAF_TEST(the 257th call waits for a number) {
  dial();
  std::vector<ending<int>> ends;
  for (int i = 0; i < 258; ++i)
    ends.push_back(call(5));
  settle();
  CAF_CHECK_EQUAL(to.got.size(), 256u);
  std::set<int> numbers;
  for (const auto& each : to.got)
    numbers.insert(each.sequence);
  CAF_CHECK_EQUAL(numbers.size(), 256u);
  answer(kept_packet{to.got[100]});
  settle();
  CAF_CHECK(ends[100].ok());
  CAF_REQUIRE_EQUAL(to.got.size(), 257u);
  CAF_CHECK_EQUAL(int{to.got[256].sequence}, int{to.got[100].sequence});
  answer(kept_packet{to.got[256]}, "8");
  settle();
  CAF_CHECK(ends[256].ok() && **ends[256] == 8);
  CAF_CHECK_EQUAL(to.got.size(), 258u);
}

CAF_TEST(a call that gets no number times out) {
  dial();
  for (int i = 0; i < 256; ++i)
    call(5);
  const auto end = call(5, 20ms);
  CAF_CHECK(run_until([&] { return end.there(); }));
  CAF_CHECK(end.failed(error_code::timeout));
  CAF_CHECK_EQUAL(to.got.size(), 256u);
}

CAF_TEST(messages may be sent when calls have all numbers) {
  dial();
  for (int i = 0; i < 256; ++i)
    call(5);
  CAF_CHECK(from->send_message(6, 1).has_value());
  settle();
  CAF_CHECK_EQUAL(to.got.size(), 257u);
}

CAF_TEST(closing fails all that is pending) {
  dial();
  std::vector<ending<int>> ends;
  for (int i = 0; i < 300; ++i)
    ends.push_back(call(5));
  ending<std::chrono::nanoseconds> ping;
  from->ping(4, 10s, ping);
  settle();
  to.over->close("enough");
  settle();
  for (const auto& each : ends)
    CAF_CHECK(each.failed(error_code::closed));
  CAF_CHECK(ping.failed(error_code::closed));
  CAF_CHECK(!from->is_open());
  const auto after = call(5);
  settle();
  CAF_CHECK(after.failed(error_code::closed));
  CAF_CHECK(from->send_message(5, 1).error().is(error_code::closed));
}

CAF_TEST_FIXTURE_SCOPE_END()
