#define CAF_SUITE fly_traffic
#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct fixture : calling_fixture {};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_traffic_tests, fixture)

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
  server->on_connect = [&](const auto&) { heard += "connect "; };
  server->on_close = [&](const auto& from) { heard += from->open() ? "open" : "close "; };
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
  const auto same = call(0);  // calls have sequence numbers of their own
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
