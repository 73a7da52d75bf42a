#define CAF_SUITE session_store
#include "actors/sessions/session_store.hpp"

#include <chrono>

#include "caf/test/dsl.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

session_ptr record(const std::string& sid, std::chrono::seconds ended, const std::string& identity = "me") {
  auto made = std::make_shared<session_record>();
  made->sid = sid;
  made->identity = identity;
  made->ended = session_record::time_point{ended};
  return made;
}

std::vector<std::string> drained(session_store& from) {
  std::vector<std::string> sids;
  while (!from.empty())
    sids.push_back(from.take_oldest()->sid);
  return sids;
}

}  // namespace

CAF_TEST(records leave in the order in which their connections ended) {
  session_store uut;
  uut.put(record("b", 2s));
  uut.put(record("c", 3s));
  uut.put(record("a", 1s));
  uut.put(record("d", 3s));
  CAF_CHECK(uut.oldest() == session_record::time_point{1s});
  CAF_CHECK_EQUAL(drained(uut), (std::vector<std::string>{"a", "b", "c", "d"}));
  CAF_CHECK_EQUAL(uut.bytes(), 0u);
}

CAF_TEST(a record is taken once) {
  session_store uut;
  uut.put(record("a", 1s));
  CAF_CHECK(uut.take("b") == nullptr);
  CAF_CHECK(uut.find("a") != nullptr);
  CAF_CHECK_EQUAL(uut.take("a")->sid, "a");
  CAF_CHECK(uut.find("a") == nullptr);
  CAF_CHECK(uut.take("a") == nullptr);
  CAF_CHECK(uut.empty());
}

CAF_TEST(the cost of a record does not grow with the number of those of its identity) {
  constexpr int many = 50'000;  // with a walk over all of them, a minute instead of some 100 ms
  session_store uut;
  for (int i = 0; i < many; ++i)
    uut.put(record("s" + std::to_string(i), 1s * i));
  for (int i = many / 2; i < many; ++i)
    CAF_REQUIRE(uut.take("s" + std::to_string(i)) != nullptr);
  while (!uut.empty())
    uut.take_oldest();
  CAF_CHECK_EQUAL(uut.take_all_of("me").size(), 0u);
}

CAF_TEST(all records of an identity are taken and no others) {
  session_store uut;
  uut.put(record("a", 1s, "me"));
  uut.put(record("b", 2s, "you"));
  uut.put(record("c", 3s, "me"));
  CAF_CHECK_EQUAL(uut.take_all_of("me").size(), 2u);
  CAF_CHECK_EQUAL(uut.take_all_of("me").size(), 0u);
  CAF_CHECK_EQUAL(drained(uut), std::vector<std::string>{"b"});
}

CAF_TEST(a session with three subscriptions takes at most 1536 bytes) {
  auto one = record("V1StGXR8_Z5jdHi6B-myT", 1s, R"({"current_user":"gid://app/User/123456"})");
  one->credential = {false, "https://www.example.com"};
  one->env.url = "https://www.example.com/cable";
  for (const auto* room : {"1", "2", "3"}) {
    auto& added = one->subscriptions.emplace_back();
    added.identifier = R"({"channel":"ChatChannel","room":)" + std::string{room} + "}";
    added.streams.push_back({"chat_room_" + std::string{room}, stream_position{1, 2}});
    added.state = std::make_unique<text_map>();
  }
  one->subscriptions.shrink_to_fit();
  session_store uut;
  uut.put(one);
  CAF_CHECK_LESS_OR_EQUAL(uut.bytes(), 1'536u);
}

CAF_TEST(a claim fits by credential and by the identity of its token) {
  auto one = record("a", 1s, "me");
  one->credential = {true, owner_of("issuer", "subject")};
  CAF_CHECK(fits({"a", {true, owner_of("issuer", "subject")}, "me"}, one->credential, one->identity));
  CAF_CHECK(fits({"a", {true, owner_of("issuer", "subject")}, {}}, one->credential, one->identity));
  CAF_CHECK(!fits({"a", {true, owner_of("issuer", "subject")}, "you"}, one->credential, one->identity));
  CAF_CHECK(!fits({"a", {true, "subject", "another"}, "me"}, one->credential, one->identity));
  CAF_CHECK(owner_of("ab", "c") != owner_of("a", "bc"));
  CAF_CHECK(!fits({"a", {true, owner_of("issuer", "another")}, "me"}, one->credential, one->identity));
  CAF_CHECK(!fits({"a", {false, owner_of("issuer", "subject")}, "me"}, one->credential, one->identity));
}

CAF_TEST(the call about the end names all subscriptions and their states) {
  auto one = record("a", 1s, "me");
  one->env = {"http://localhost/", {{"cookie", "x"}}, {{"c", "1"}}, {}};
  one->subscriptions.resize(2);
  one->subscriptions[0].identifier = "A";
  one->subscriptions[0].state = std::make_unique<text_map>(text_map{{"k", "v"}});
  one->subscriptions[1].identifier = "B";
  const auto call = goodbye_of(*one);
  CAF_CHECK(call->method == rpc_method::disconnect);
  CAF_CHECK_EQUAL(call->sid, "a");
  CAF_CHECK_EQUAL(call->identity, "me");
  CAF_CHECK_EQUAL(call->subscriptions, (std::vector<std::string>{"A", "B"}));
  CAF_CHECK_EQUAL(call->env.connection_state, (text_map{{"c", "1"}}));
  CAF_CHECK_EQUAL(call->env.subscription_state, (text_map{{"A", R"({"k":"v"})"}}));
}
