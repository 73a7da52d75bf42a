#define CAF_SUITE fly_mux_link
#include "caf/test/unit_test.hpp"
#include "fly_gateway.hpp"

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

CAF_TEST_FIXTURE_SCOPE(fly_mux_link_tests, gateway_fixture)

// -- many ---

CAF_TEST(a broadcast travels once for up to 255 clients) {
  serve();
  std::vector<context> all;
  server->on_message(2, [&](context& c) { all.push_back(c); });
  const auto over = link();
  for (client_id id = 1; id <= 600; ++id)
    over->put(id, request(2, ""));
  CAF_CHECK(run_until([&] { return all.size() == 600; }));
  CAF_CHECK(server->broadcast(all, 9, std::string{"hello"}).has_value());
  CAF_CHECK(run_until([&] { return over->frames.size() == 3; }));
  std::size_t reached = 0;
  for (const auto& each : over->frames) {
    reached += each.targets.size();
    CAF_CHECK(each.buffer == gateway::bytes_of(request(9, "\"hello\"", 0)));
  }
  CAF_CHECK_EQUAL(reached, 600u);
  over->put(1, "");
  CAF_CHECK(run_until([&] { return over->closes(1) == 1; }));
  over->frames.clear();
  CAF_CHECK(server->broadcast(std::span{all}.first(2), 9, 1).has_value());
  CAF_CHECK(run_until([&] { return over->frames.size() == 1; }));
  CAF_CHECK(over->frames[0].targets == std::vector<client_id>{2});
  CAF_CHECK(server->broadcast(all, 9, raw{std::string(65'536, 'x')}).error().is(error_code::too_long));
  CAF_CHECK(server->broadcast({}, 9, 1).has_value());
}

namespace {

int times_written = 0;
struct noted {
  int value = 0;
};
void to_json(nlohmann::json& into, const noted& what) {
  ++times_written;
  into = what.value;
}

}  // namespace

CAF_TEST(a broadcast is written once for each serializer and reaches all links) {
  serve();
  std::vector<context> all;
  server->on_message(2, [&](context& c) { all.push_back(c); });
  const auto one = link();
  const auto two = link();
  for (auto* over : {one.get(), two.get()})
    for (client_id id = 1; id <= 3; ++id)
      over->put(id, request(2, ""));
  one->put(4, {.type = subtype::helo, .buffer = encode_helo(helo_request{.serializers = {serializer::msgpack}})});
  one->put(4, request(2, ""));
  CAF_CHECK(run_until([&] { return all.size() == 7 && one->frames.size() == 1; }));  // the reply to the Helo
  one->frames.clear();
  CAF_CHECK(server->broadcast(all, 9, noted{5}).has_value());
  CAF_CHECK(run_until([&] { return one->frames.size() == 2 && two->frames.size() == 1; }));
  CAF_CHECK_EQUAL(times_written, 2);
  CAF_CHECK(one->to(4) == gateway::bytes_of(request(9, "\x05", 0)));
  CAF_CHECK(one->to(3) == gateway::bytes_of(request(9, "5", 0)));
}

// -- link ---

CAF_TEST(a gateway asks the application) {
  serve();
  std::vector<rpc_request> asked;
  const auto note = [&](const rpc_request& what) {
    asked.push_back(what);
    return rpc_reply{.status = rpc_status::success, .identity = "me", .streams = {"s"}};
  };
  server->on_app_connect(note);
  server->on_app_command(note);
  server->on_app_disconnect([](const rpc_request&) -> rpc_reply { throw std::runtime_error{"secret"}; });
  const auto over = link();
  const std::string body =
      R"({"command":"subscribe","identifier":"i","connection_identifiers":"me","env":{"url":"u"}})";
  over->put(0, request(1, R"({"env":{"url":"u","headers":{"cookie":"c"}}})", 1));
  over->put(0, request(2, body, 2));
  over->put(0, request(3, "{}", 3));
  over->put(0, request(2, "no JSON", 4));
  over->put(0, request(7, "{}", 5));
  CAF_CHECK(run_until([&] { return over->frames.size() == 5; }));
  const auto fine = R"({"identifiers":"me","status":1,"streams":["s"]})";
  CAF_CHECK(over->frames.at(0).buffer == reply(1, fine, 1));
  CAF_CHECK(over->frames.at(1).buffer == reply(2, fine, 2));
  CAF_CHECK(over->frames.at(2).buffer == reply(3, R"({"error_msg":"the application failed","status":0})", 3));
  const auto error = [&](std::size_t i) { return decode_error(first_packet(over->frames.at(i).buffer)->buffer); };
  CAF_CHECK(error(3).is(error_code::bad_payload));
  CAF_CHECK(error(4).is(error_code::not_found));
  CAF_REQUIRE_EQUAL(asked.size(), 2u);
  CAF_CHECK(asked[0].method == rpc_method::connect);
  CAF_CHECK_EQUAL(asked[0].env.headers["cookie"], "c");
  CAF_CHECK(asked[1].method == rpc_method::command);
  CAF_CHECK_EQUAL(asked[1].identifier, "i");
  CAF_CHECK_EQUAL(asked[1].identity, "me");
  CAF_CHECK_EQUAL(heard, "");
}

CAF_TEST(clients cannot ask the application and gateways no handlers) {
  serve();
  server->on_app_connect([](const rpc_request&) { return rpc_reply{.status = rpc_status::success}; });
  const auto over = link();
  over->put(0, request(9, "[1]"));
  over->put(3, request(1, "{}"));
  CAF_CHECK(run_until([&] { return over->frames.size() == 2; }));
  CAF_CHECK(decode_error(first_packet(over->to(0))->buffer).is(error_code::not_found));
  CAF_CHECK(over->to(3) == reply(1, "{}"));  // the clients' handler of command 1
}

CAF_TEST(a publication goes to one gateway) {
  std::string line;
  how.log = [&](std::string_view what) { line = what; };
  serve();
  CAF_CHECK(server->publish("s", "{}").error().is(error_code::closed));
  const auto one = link();
  const auto two = link();
  CAF_CHECK(server->publish("chat \"1\"", R"({"a":1})").has_value());
  CAF_CHECK(run_until([&] { return one->frames.size() + two->frames.size() == 1; }));
  settle();
  CAF_CHECK_EQUAL(one->frames.size() + two->frames.size(), 1u);
  auto& over = one->frames.empty() ? *two : *one;
  const auto bytes = over.to(0);
  const auto got = first_packet(bytes).value();
  CAF_CHECK_EQUAL(got.command, 4u);
  CAF_CHECK(got.buffer == R"({"stream":"chat \"1\"","data":"{\"a\":1}"})");
  over.put(0, gateway::bytes_of({subtype::rpc, resp | rpc_option::error, 4, got.sequence,
                                 encode_error(remote_error{error_code::too_many})}));
  CAF_CHECK(run_until([&] { return !line.empty(); }));
  CAF_CHECK(line.find("too_many") != std::string::npos);
  CAF_CHECK(server->publish("s", std::string(65'536, 'x')).error().is(error_code::too_long));
  CAF_CHECK(server->publish("s", "\xff").error().is(error_code::bad_payload));
}

CAF_TEST(a server that stops closes its links) {
  serve();
  const auto over = link();
  enter(*over, 1, "ann");
  CAF_CHECK(run_until([&] { return heard == "+ann"; }));
  server->stop();
  CAF_CHECK(run_until([&] { return over->closed; }));
  CAF_CHECK_EQUAL(heard, "+ann-ann");
}

CAF_TEST_FIXTURE_SCOPE_END()
