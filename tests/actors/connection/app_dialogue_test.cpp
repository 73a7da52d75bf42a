#define CAF_SUITE app_dialogue
// The dialogue with the application, without the actor that calls it.
#include "actors/connection/app_dialogue.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct fixture {
  app_dialogue uut;
  subscriptions followed;
  const app_dialogue::time_point now{1'000h};
  const client_command subscribe{.type = command_type::subscribe, .identifier = "a"};

  fixture() { uut.begin({"http://localhost/cable", {{"cookie", "a=b"}}, {}}); }

  subscriptions::entry& add(std::string identifier) {
    auto& added = followed.add(std::move(identifier), 0);
    added.state = std::make_unique<text_map>();
    return added;
  }

  rpc_request command(const client_command& about, const text_map* state = nullptr) {
    return uut.command("s1", "me", about, state);
  }

  std::shared_ptr<const rpc_request> goodbye(disconnect_mode mode) { return uut.goodbye(mode, "s1", "me", followed); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(app_dialogue_tests, fixture)

CAF_TEST(without an application there is no dialogue and no goodbye) {
  app_dialogue none;
  CAF_CHECK(!none.exists());
  CAF_CHECK(none.goodbye(disconnect_mode::always, "s1", "me", followed) == nullptr);
  CAF_CHECK(uut.exists());
}

CAF_TEST(every call carries the environment of the handshake) {
  for (const auto& call : {uut.connect("s1"), command(subscribe), *goodbye(disconnect_mode::always)}) {
    CAF_CHECK_EQUAL(call.sid, "s1");
    CAF_CHECK_EQUAL(call.env.url, "http://localhost/cable");
    CAF_CHECK_EQUAL(call.env.headers, (text_map{{"cookie", "a=b"}}));
  }
}

CAF_TEST(a call about a command has its kind and data and the state of its subscription) {
  CAF_CHECK_EQUAL(command(subscribe).command, "subscribe");
  CAF_CHECK_EQUAL(command({.type = command_type::unsubscribe, .identifier = "a"}).command, "unsubscribe");
  const text_map state{{"k", "v"}};
  const auto call = command({.type = command_type::message, .identifier = "a", .data = "x"}, &state);
  CAF_CHECK(call.method == rpc_method::command);
  CAF_CHECK_EQUAL(call.command, "message");
  CAF_CHECK_EQUAL(call.identity, "me");
  CAF_CHECK_EQUAL(call.identifier, "a");
  CAF_CHECK_EQUAL(call.data, "x");
  CAF_CHECK_EQUAL(call.env.subscription_state, state);
}

CAF_TEST(changes of a connection state go along with later calls) {
  uut.merge({.connection_state = {{"a", "1"}, {"b", "2"}}});
  uut.merge({.connection_state = {{"a", ""}, {"b", "3"}}});
  CAF_CHECK_EQUAL(uut.connect("s1").env.connection_state, (text_map{{"b", "3"}}));
}

CAF_TEST(changes of a subscription state stay with their subscription) {
  auto& one = add("a");
  uut.merge({.connection_state = {{"c", "1"}}, .subscription_state = {{"s", "2"}}}, one);
  CAF_CHECK_EQUAL(*one.state, (text_map{{"s", "2"}}));
  CAF_CHECK_EQUAL(command(subscribe).env.connection_state, (text_map{{"c", "1"}}));
  CAF_CHECK_EQUAL(command(subscribe).env.subscription_state, text_map{});
}

CAF_TEST(a call is open until it is closed) {
  CAF_CHECK(!uut.is_about("a"));
  CAF_CHECK(!uut.is_subscribe());
  const auto call = uut.open(command(subscribe), now);
  CAF_CHECK_EQUAL(call->identifier, "a");
  CAF_CHECK(uut.is_about("a"));
  CAF_CHECK(!uut.is_about("b"));
  CAF_CHECK(uut.is_subscribe());
  CAF_CHECK(uut.asked_at() == now);
  uut.close();
  CAF_CHECK(!uut.is_about("a"));
  uut.open(command({.type = command_type::message, .identifier = "a"}), now);
  CAF_CHECK(!uut.is_subscribe());
}

CAF_TEST(a call that is withdrawn before its turn is gone) {
  const std::weak_ptr<const rpc_request> call = uut.open(uut.connect("s1"), now);
  CAF_CHECK(!call.expired());
  uut.withdraw();
  CAF_CHECK(call.expired());
}

CAF_TEST(the goodbye lists all subscriptions and the states that are not empty) {
  add("a").state->emplace("k", "v");
  add("b");
  followed.add("c", 0);
  const auto call = goodbye(disconnect_mode::always);
  CAF_CHECK(call->method == rpc_method::disconnect);
  CAF_CHECK_EQUAL(call->identity, "me");
  CAF_CHECK_EQUAL(call->subscriptions, (std::vector<std::string>{"a", "b", "c"}));
  CAF_CHECK_EQUAL(call->env.subscription_state, (text_map{{"a", R"({"k":"v"})"}}));
}

CAF_TEST(the application is told of the end as the mode has it) {
  CAF_CHECK(goodbye(disconnect_mode::never) == nullptr);
  CAF_CHECK(goodbye(disconnect_mode::automatic) == nullptr);
  command(subscribe);
  CAF_CHECK(goodbye(disconnect_mode::never) == nullptr);
  CAF_CHECK(goodbye(disconnect_mode::automatic) != nullptr);
}

CAF_TEST_FIXTURE_SCOPE_END()
