// Labels: hardened
#define CAF_SUITE packed_session
#include "actors/sessions/packed_session.hpp"

#include <string>
#include <utility>

#include "caf/test/dsl.hpp"

using namespace ability;

namespace {

session_record full_record() {
  session_record made;
  made.sid = "V1StGXR8_Z5jdHi6B-myT";
  made.identity = R"({"user":1})";
  made.credential = {true, owner_of("issuer", "subject"), "cookies", "action_cable"};
  made.earlier_sids = {"s1", "s2"};
  auto& one = made.subscriptions.emplace_back();
  one.identifier = R"({"channel":"ChatChannel"})";
  one.tag = 4'000'000'000;
  one.may_whisper = true;
  one.confirmed = true;
  one.streams = {{"a", {0xFEDCBA9876543210, 7}}, {"b"}};
  one.state = std::make_unique<text_map>(text_map{{"$p", "a"}, {"k", std::string{"\0v", 2}}});
  auto as = std::make_shared<presence_request>();
  as->id = "7";
  as->info = R"({"name":"Ada"})";
  one.member_of = std::make_unique<presence_membership>(presence_membership{"a", std::move(as)});
  auto& two = made.subscriptions.emplace_back();
  two.identifier = "other";
  two.may_be_present = true;
  made.env = {"http://localhost/cable?a=b", {{"cookie", "x"}}, {{"c", "1"}}, {{"i", "{}"}}};
  made.was_asked = true;
  made.owes_disconnect = true;
  return made;
}

}  // namespace

CAF_TEST(all of a session comes back) {
  const auto one = full_record();
  const auto read = unpack_session(pack_session(one));
  CAF_REQUIRE(read != nullptr);
  CAF_CHECK_EQUAL(read->sid, one.sid);
  CAF_CHECK_EQUAL(read->identity, one.identity);
  CAF_CHECK(read->credential == one.credential);
  CAF_CHECK_EQUAL(read->earlier_sids, one.earlier_sids);
  CAF_CHECK_EQUAL(read->env.url, one.env.url);
  CAF_CHECK_EQUAL(read->env.headers, one.env.headers);
  CAF_CHECK_EQUAL(read->env.connection_state, one.env.connection_state);
  CAF_CHECK_EQUAL(read->env.subscription_state, one.env.subscription_state);
  CAF_CHECK(read->was_asked);
  CAF_CHECK(read->owes_disconnect);
  CAF_REQUIRE_EQUAL(read->subscriptions.size(), 2u);
  const auto& first = read->subscriptions[0];
  CAF_CHECK_EQUAL(first.identifier, one.subscriptions[0].identifier);
  CAF_CHECK_EQUAL(first.tag, 4'000'000'000);
  CAF_CHECK(first.may_whisper);
  CAF_CHECK(!first.may_be_present);
  CAF_CHECK(first.confirmed);
  CAF_REQUIRE_EQUAL(first.streams.size(), 2u);
  CAF_CHECK_EQUAL(first.streams[0].name, "a");
  CAF_CHECK(first.streams[0].began == (stream_position{0xFEDCBA9876543210, 7}));
  CAF_CHECK(first.streams[1].began == stream_position{});
  CAF_REQUIRE(first.state != nullptr);
  CAF_CHECK_EQUAL(*first.state, *one.subscriptions[0].state);
  CAF_REQUIRE(first.member_of != nullptr);
  CAF_CHECK_EQUAL(first.member_of->stream, "a");
  CAF_CHECK_EQUAL(first.member_of->as->id, "7");
  CAF_CHECK_EQUAL(first.member_of->as->info, R"({"name":"Ada"})");
  const auto& second = read->subscriptions[1];
  CAF_CHECK(second.may_be_present);
  CAF_CHECK(!second.confirmed);
  CAF_CHECK(second.state == nullptr);
  CAF_CHECK(second.member_of == nullptr);
  CAF_CHECK_EQUAL(pack_session(*read), pack_session(one));
}

CAF_TEST(a session without anything comes back) {
  const auto read = unpack_session(pack_session({}));
  CAF_REQUIRE(read != nullptr);
  CAF_CHECK(read->sid.empty());
  CAF_CHECK(read->subscriptions.empty());
  CAF_CHECK(!read->owes_disconnect);
}

CAF_TEST(bytes that were cut are no session) {
  const auto bytes = pack_session(full_record());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CAF_CHECK(unpack_session(std::string_view{bytes}.substr(0, size)) == nullptr);
  CAF_CHECK(unpack_session(bytes + '\0') == nullptr);
}

CAF_TEST(bytes that were changed are no session) {
  const auto bytes = pack_session(full_record());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      CAF_CHECK(unpack_session(changed) == nullptr);
    }
}

CAF_TEST(credentials that differ have different texts) {
  CAF_CHECK_EQUAL(text_of(session_credential{true, "a", "b", "c"}), text_of(session_credential{true, "a", "b", "c"}));
  CAF_CHECK(text_of(session_credential{true, "ab", "", "c"}) != text_of(session_credential{true, "a", "b", "c"}));
  CAF_CHECK(text_of(session_credential{false, "a"}) != text_of(session_credential{true, "a"}));
  CAF_CHECK(text_of(session_credential{false, "a", "", "x"}) != text_of(session_credential{false, "a", "x", ""}));
}
