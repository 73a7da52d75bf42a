// Labels: threads
#define CAF_SUITE fly_mux_server
#include "caf/test/unit_test.hpp"
#include "tests/net/fly_gateway/fly_gateway.hpp"

using namespace ability;
using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t resp = rpc_option::resp;

packet request(std::uint16_t command, std::string_view buffer, std::uint8_t sequence = 1) {
  return {subtype::rpc, 0, command, sequence, buffer};
}
std::string reply(std::uint16_t command, std::string_view buffer, std::uint8_t sequence = 1) {
  return gateway::bytes_of({subtype::rpc, resp, command, sequence, buffer});
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_mux_server_tests, gateway_fixture)

// -- opening ---

CAF_TEST(both ends prove that they know the secret) {
  serve();
  gateway one{io, port};
  one.helo({.role = "gateway", .nonce = "n"});
  CAF_CHECK(run_until([&] { return one.packets.size() == 1; }));
  const auto answer = decode_helo_reply(one.packets.at(0).second);
  CAF_REQUIRE(answer.has_value());
  CAF_CHECK_EQUAL(answer->role, "backend");
  CAF_CHECK_EQUAL(answer->node, "backend-1");
  CAF_CHECK(answer->proof == link_proof("shared", "backend", answer->nonce, "n"));
  const auto two = link();
  two->put(5, request(1, "[1]"));
  CAF_CHECK(run_until([&] { return two->to(5) == reply(1, "[1]"); }));
}

CAF_TEST(who does not know the secret is refused) {
  serve();
  for (const std::string proof : {"", "wrong"}) {
    gateway one{io, port};
    one.helo({.role = "gateway", .nonce = "n"});
    CAF_CHECK(run_until([&] { return one.packets.size() == 1; }));
    one.helo({.role = "gateway", .proof = proof});
    one.put(5, request(1, "[1]"));
    CAF_CHECK(run_until([&] { return one.closed; }));
    CAF_REQUIRE_EQUAL(one.packets.size(), 2u);
    CAF_CHECK(one.packets[1].first.has(helo_option::error));
    CAF_CHECK(decode_error(one.packets[1].second).is(error_code::unauthorized));
  }
  // The proof of a backend is not accepted from a gateway.
  gateway mirror{io, port};
  mirror.helo({.role = "gateway", .nonce = "n"});
  CAF_CHECK(run_until([&] { return mirror.packets.size() == 1; }));
  mirror.helo({.role = "gateway", .proof = decode_helo_reply(mirror.packets[0].second)->proof});
  CAF_CHECK(run_until([&] { return mirror.closed; }));
  CAF_CHECK_EQUAL(heard, "");
}

CAF_TEST(only a gateway opens a link) {
  serve();
  gateway client{io, port};
  client.helo({.role = "client"});
  gateway caller{io, port};
  caller.put(request(1, "[1]"));
  gateway garbled{io, port};
  garbled.put({.type = subtype::helo, .buffer = "{"});
  gateway hasty{io, port};
  hasty.put(5, request(1, "[1]"));
  hasty.put(std::string(64, '\0'));
  CAF_CHECK(run_until([&] { return client.closed && caller.closed && garbled.closed && hasty.closed; }));
  CAF_CHECK(decode_error(client.packets.at(0).second).is(error_code::forbidden));
  CAF_CHECK(decode_error(garbled.packets.at(0).second).is(error_code::bad_payload));
  CAF_CHECK(caller.packets.empty());
}

CAF_TEST(a link that does not open in time is closed) {
  serve();
  gateway silent{io, port};
  gateway half{io, port};
  half.helo({.role = "gateway"});
  const auto begin = std::chrono::steady_clock::now();
  CAF_CHECK(run_until([&] { return silent.closed && half.closed; }));
  CAF_CHECK(std::chrono::steady_clock::now() - begin > 2500ms);
}

CAF_TEST(without a secret only this machine is served) {
  how.secret.clear();
  serve();
  const auto refused = server->listen("tcp://0.0.0.0:0");
  CAF_REQUIRE(refused.has_error());
  CAF_CHECK(refused.error().detail.find("secret") != std::string::npos);
  CAF_CHECK(server->listen("ws://127.0.0.1:0/").has_error());
  CAF_CHECK(server->listen("tcp://localhost:0").has_value());
  gateway one{io, port};
  one.helo({.role = "gateway"});
  CAF_CHECK(run_until([&] { return one.packets.size() == 1; }));
  CAF_CHECK(decode_helo_reply(one.packets[0].second)->proof.empty());
  one.helo({.role = "gateway"});
  one.put(5, request(1, "[1]"));
  CAF_CHECK(run_until([&] { return one.to(5) == reply(1, "[1]"); }));
}

// -- clients ---

CAF_TEST(clients come and go) {
  serve();
  const auto over = link();
  enter(*over, 7, "ann");
  enter(*over, 9, "bob");
  over->put(7, request(1, "[1]"));
  CAF_CHECK(run_until([&] { return over->to(7).ends_with(reply(1, "[1]")); }));
  CAF_CHECK_EQUAL(heard, "+ann+bob");
  over->put(7, "");
  CAF_CHECK(run_until([&] { return over->closes(7) == 1; }));
  CAF_CHECK_EQUAL(heard, "+ann+bob-ann");
  enter(*over, 7, "cid");
  CAF_CHECK(run_until([&] { return heard == "+ann+bob-ann+cid"; }));
}

CAF_TEST(a stream may be split anywhere) {
  serve();
  const auto over = link();
  const auto bytes = gateway::bytes_of(request(1, "[1,2]")) + gateway::bytes_of(request(1, "[3]", 2));
  for (const char each : bytes)
    over->put(4, std::string{each});
  CAF_CHECK(run_until([&] { return over->to(4) == reply(1, "[1,2]") + reply(1, "[3]", 2); }));
  const auto big = '"' + std::string(65'533, 'x') + '"';
  over->put(4, request(1, big));
  CAF_CHECK(run_until([&] { return over->to(4).ends_with(reply(1, big)); }));
}

CAF_TEST(a client that is closed here is closed there before its id is free) {
  serve();
  server->on_message(2, [](context& c) { c.close(); });
  const auto over = link();
  enter(*over, 7, "ann");
  over->put(7, request(2, ""));
  CAF_CHECK(run_until([&] { return over->closes(7) == 1; }));
  CAF_CHECK_EQUAL(heard, "+ann-ann");
  over->put(7, request(1, "[1]"));  // sent before the close arrived
  over->put(7, "");
  settle();
  CAF_CHECK_EQUAL(heard, "+ann-ann");
  CAF_CHECK_EQUAL(over->closes(7), 1);
  enter(*over, 7, "bob");
  CAF_CHECK(run_until([&] { return heard == "+ann-ann+bob"; }));
}

CAF_TEST(what belongs to nobody is skipped) {
  serve();
  const auto over = link();
  over->put(8, "");
  std::string frame;
  append_frames(frame, std::array<client_id, 3>{6, 6, 6}, gateway::bytes_of(request(1, "[1]")));
  over->put(frame);
  over->put(std::string("\0\0\1x", 4));  // without a target
  over->put(6, request(1, "[2]", 2));
  CAF_CHECK(run_until([&] { return over->to(6) == reply(1, "[1]") + reply(1, "[2]", 2); }));
  CAF_CHECK_EQUAL(over->closes(8), 0);
}

CAF_TEST(a lost link closes all its clients and no others) {
  serve();
  auto one = link();
  const auto two = link();
  enter(*one, 1, "ann");
  enter(*one, 2, "bob");
  CAF_CHECK(run_until([&] { return heard == "+ann+bob"; }));
  enter(*two, 1, "cid");
  CAF_CHECK(run_until([&] { return heard == "+ann+bob+cid"; }));
  one->close();
  CAF_CHECK(run_until([&] { return heard == "+ann+bob+cid-ann-bob"; }));
  two->put(1, request(1, "[1]"));
  CAF_CHECK(run_until([&] { return two->to(1).ends_with(reply(1, "[1]")); }));
  two->put(0, "");
  CAF_CHECK(run_until([&] { return two->closed; }));
  CAF_CHECK_EQUAL(heard, "+ann+bob+cid-ann-bob-cid");
}

CAF_TEST(a backend calls a client) {
  serve();
  std::optional<outcome<int>> got;
  server->on_message(2, [&](context& c) { c.call<int>(9, 4, [&](outcome<int> reply) { got = reply; }); });
  const auto over = link();
  over->put(3, request(2, ""));
  CAF_CHECK(run_until([&] { return !over->to(3).empty(); }));
  CAF_CHECK(over->to(3) == gateway::bytes_of(request(9, "4")));
  over->put(3, gateway::bytes_of({subtype::rpc, resp, 9, 1, "5"}));
  CAF_CHECK(run_until([&] { return got.has_value(); }));
  CAF_CHECK(got->value() == 5);
}

CAF_TEST(who is told of by the gateway is who it says) {
  serve();
  server->on_message(2, [](context& c) { return c.identity() + "/" + c.session(); });
  const auto over = link();
  enter(*over, 3, "ann");
  over->put(3, request(2, ""));
  CAF_CHECK(run_until([&] { return over->to(3).ends_with(reply(2, "\"ann/sann\"")); }));
}

CAF_TEST(a client whose handlers are too slow does not stall the link) {
  how.workers = 1;
  how.max_unhandled = 1'000;
  serve();
  std::promise<void> release;
  server->on_message(2, [waits = release.get_future().share()] { waits.wait(); });
  const auto over = link();
  for (int i = 0; i < 30; ++i)
    over->put(3, request(2, std::string(60'000, 'x')));
  over->put(4, {subtype::ping, ping_option::ping, 0, 1, ""});
  CAF_CHECK(run_until([&] { return over->closes(3) == 1 && !over->to(4).empty(); }));
  release.set_value();
}

CAF_TEST_FIXTURE_SCOPE_END()
