#define CAF_SUITE fly_calls
#include <set>

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct fixture : peer_fixture {
  wire to;
  std::shared_ptr<engine> client;
  std::optional<context> from;

  /// A client against the wire, without a Helo.
  context& dial() {
    client = make_engine();
    from = against(to, client, side::client);
    return *from;
  }

  ending<int> call(std::uint16_t command, std::chrono::milliseconds timeout = 10s) {
    ending<int> end;
    from->call<int>(command, 1, timeout, end);
    return end;
  }

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

CAF_TEST(an error that is no reply is ignored) {
  const auto server = make_engine();
  against(to, server);
  to.put({subtype::rpc, rpc_option::error, 5, 1, "1"});
  settle();
  CAF_CHECK(to.got.empty());
  CAF_CHECK_EQUAL(server->stats.ignored, 1u);
}

CAF_TEST(an unknown command is answered and nothing ends) {
  const auto server = make_engine();
  on(server, 2, [] { return 1; });
  against(to, server);
  to.put({subtype::rpc, 0, 1, 1, "1"});
  to.put({subtype::rpc, 0, 2, 2, "1"});
  settle();
  CAF_CHECK(to.error(0).is(error_code::not_found));
  CAF_CHECK_EQUAL(to.got.at(1).bytes, "1");
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
  CAF_CHECK_EQUAL(to.got.size(), 256u);  // the last one waits for the number that rests
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

CAF_TEST(a context closes from within a handler) {
  const auto server = make_engine();
  int calls = 0;
  on(server, 1, [&](context& c) {
    ++calls;
    c.close("bye");
    return 1;
  });
  against(to, server);
  to.put({subtype::rpc, 0, 1, 1, ""});
  to.put({subtype::rpc, 0, 1, 2, ""});
  settle();
  CAF_CHECK_EQUAL(calls, 1);
  CAF_CHECK(to.closed);
  CAF_CHECK(own->close_text == "bye");
  CAF_CHECK(server->peers.empty());
}

CAF_TEST(handlers hear of the beginning and the end) {
  const auto server = make_engine();
  std::string heard;
  server->on_connect = [&](context&) { heard += "connect "; };
  server->on_close = [&](context& c) { heard += c.is_open() ? "open" : "close "; };
  on(server, 1, [&] { heard += "message "; });
  against(to, server);
  settle();
  CAF_CHECK_EQUAL(heard, "");
  to.put({subtype::rpc, 0, 1, 1, ""});
  settle();
  to.over->lose();
  own->lose();
  CAF_CHECK_EQUAL(heard, "connect message close ");
}

CAF_TEST(a packet holds 65535 bytes and no more) {
  dial();
  CAF_CHECK(from->send_message(1, raw{std::string(65'535, 'x')}).has_value());
  settle();
  const auto before = own->sent.size();
  CAF_CHECK(from->send_message(1, raw{std::string(65'536, 'x')}).error().is(error_code::too_long));
  ending<void> end;
  from->call<void>(1, raw{std::string(65'536, 'x')}, end);
  ending<std::chrono::nanoseconds> ping;
  from->ping(65'536, 1s, ping);
  CAF_CHECK(!end.there() && !ping.there());
  settle();
  CAF_CHECK(end.failed(error_code::too_long));
  CAF_CHECK(ping.failed(error_code::too_long));
  CAF_CHECK_EQUAL(own->sent.size(), before);
}

CAF_TEST(a reply that is too long becomes an error) {
  const auto server = make_engine();
  on(server, 1, [](std::span<const std::byte> b) { return raw{std::string(65'535 + b.size(), 'x')}; });
  against(to, server);
  to.put({subtype::rpc, 0, 1, 1, ""});
  to.put({subtype::rpc, 0, 1, 2, "x"});
  settle();
  CAF_CHECK_EQUAL(to.got.at(0).bytes.size(), 65'535u);
  CAF_CHECK(to.error(1).is(error_code::too_long));
}

CAF_TEST(a transport may hold less) {
  largest = 100;
  const auto server = make_engine();
  on(server, 1, []() -> outcome<raw> {
    return remote_error{error_code::forbidden, std::string(99, 'a') + "\xc3\xa4"};
  });
  on(server, 2, [] { return raw{std::string(101, 'x')}; });
  const auto there = against(to, server);
  CAF_CHECK(there.send_message(1, raw{std::string(101, 'x')}).error().is(error_code::too_long));
  to.put({subtype::rpc, 0, 1, 1, ""});
  to.put({subtype::rpc, 0, 2, 2, ""});
  settle();
  CAF_CHECK(to.error(0).text == std::string(96, 'a'));
  CAF_CHECK(to.error(1).is(error_code::too_long));
}

CAF_TEST(pings are answered in size and nothing else is a ping) {
  const auto server = make_engine();
  against(to, server);
  to.put({subtype::ping, 0, 0, 1, "ab"});
  to.put({subtype::ping, 3, 0, 2, "ab"});
  to.put({subtype::ping, ping_option::pong, 0, 3, "ab"});
  to.put({subtype::ping, ping_option::ping, 0, 4, "ab"});
  to.put({subtype::ping, 0x31, 0, 5, "ab"});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK(to.got[0].type == subtype::ping);
  CAF_CHECK_EQUAL(int{to.got[0].options}, int{ping_option::pong});
  CAF_CHECK_EQUAL(int{to.got[0].sequence}, 4);
  CAF_CHECK_EQUAL(to.got[0].bytes, "ab");
  CAF_CHECK_EQUAL(server->stats.ignored, 2u);
  CAF_CHECK_EQUAL(server->stats.stray_pongs, 1u);
  CAF_CHECK_EQUAL(server->stats.legacy, 1u);
}

CAF_TEST(a ping tells how long it took and times out) {
  const auto server = make_engine();
  client = make_engine();
  const auto [a, b] = connect(client, server);
  ending<std::chrono::nanoseconds> end;
  b.ping(64, 1s, end);
  settle();
  CAF_CHECK(end.ok() && **end > 0ns && **end < 1s);
  dial();
  ending<std::chrono::nanoseconds> late;
  from->ping(2, 10ms, late);
  const auto same = call(0);  // has a number of its own
  CAF_CHECK(run_until([&] { return late.there(); }));
  CAF_CHECK(late.failed(error_code::timeout));
  CAF_CHECK_EQUAL(int{to.got[0].sequence}, 1);
  CAF_CHECK_EQUAL(int{to.got[1].sequence}, 1);
  to.put({subtype::ping, ping_option::pong, 0, 1, "xx"});
  settle();
  CAF_CHECK_EQUAL(client->stats.stray_pongs, 1u);
  CAF_CHECK(!same.there());
}

CAF_TEST(the legacy profile has its own bits) {
  how.profile = profile::legacy;
  const auto server = make_engine();
  on(server, 1, [] { return raw{"x"}; });
  against(to, server);
  to.over->send(std::string("\xb1\0\1\1\0\0", 6));
  settle();
  CAF_CHECK(own->sent == std::string("\xba\0\1\1\0\1x", 7));
  dial();
  const auto end = call(2);
  settle();
  CAF_CHECK(own->sent == std::string("\xb1\0\2\1\0\1\x31", 7));
  to.over->send(std::string("\xb2\0\2\1\0\1\x37", 7));
  settle();
  CAF_CHECK(end.ok() && **end == 7);
}

CAF_TEST(streams are refused) {
  const auto server = make_engine();
  against(to, server);
  to.put({subtype::mq, mq_option::subscribe, 3, 4, "chat"});
  to.put({subtype::mq, 0, 0, 0, ""});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK_EQUAL(int{to.got[0].options}, int{mq_option::reject});
  CAF_CHECK_EQUAL(to.got[0].command, 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
