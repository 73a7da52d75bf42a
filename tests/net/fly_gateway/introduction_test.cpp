#define CAF_SUITE fly_introduction

#include "net/fly_gateway/introduction.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

// The handshake of a client that has said `helo`.
client_handshake handshake_of(fly::helo_request helo) {
  client_handshake known{.url = "tcp://x/", .headers = {}, .token = {}, .earlier_sid = "of the URL"};
  introduction{.helo = std::move(helo)}.add_to(known, {});
  return known;
}

introduction granted(std::string resume, std::size_t subscriptions) {
  introduction uut{.helo = {.resume = std::move(resume)}, .granted = fly::helo_reply{.session = "sid"}};
  if (subscriptions > 0) {
    uut.restored.emplace();
    for (std::size_t i = 0; i < subscriptions; ++i)
      uut.restored->push_back(static_cast<std::uint16_t>(65'000 + i));
  }
  return uut;
}

}  // namespace

CAF_TEST(sessions of clients with positions are kept) {
  CAF_CHECK(!handshake_of({}).keeps_sessions);
  CAF_CHECK(handshake_of({.positions = true}).keeps_sessions);
  CAF_CHECK_EQUAL(handshake_of({}).earlier_sid, "");
  CAF_CHECK(!handshake_of({.resume = "s"}).keeps_sessions);
  const auto known = handshake_of({.positions = true, .resume = "s"});
  CAF_CHECK(known.keeps_sessions);
  CAF_CHECK_EQUAL(known.earlier_sid, "s");
  CAF_CHECK_EQUAL(known.protocol, "flyrpc");
}

CAF_TEST(sessions are bound to the cookies of the Helo) {
  const auto bound = [](fly::helo_request helo, std::string of_upgrade = {}) {
    client_handshake known{.url = "tcp://x/", .headers = {}, .token = {}, .bound_cookies = std::move(of_upgrade)};
    edge_settings settings;
    settings.bound_cookies = {"user"};
    introduction{.helo = std::move(helo)}.add_to(known, settings);
    return known.bound_cookies;
  };
  const auto of_one = bound({.headers = {{"cookie", "seen=1; user=1"}}});
  CAF_CHECK(!of_one.empty());
  CAF_CHECK_EQUAL(bound({.headers = {{"cookie", "user=1"}}}, "other"), of_one);
  CAF_CHECK(bound({.headers = {{"cookie", "user=2"}}}) != of_one);
  CAF_CHECK(bound({}) != of_one);
  CAF_CHECK_EQUAL(bound({}, "of the upgrade"), "of the upgrade");
  CAF_CHECK_EQUAL(handshake_of({.headers = {{"cookie", "user=1"}}}).bound_cookies, "");
}

CAF_TEST(the answer tells of an earlier session if it was asked for) {
  auto uut = granted("", 0);
  CAF_CHECK(uut.make_answer(65'535).empty());
  CAF_CHECK(!fly::decode_helo_reply(uut.answer)->restored);
  CAF_CHECK(!uut.granted);
  uut = granted("s", 0);
  uut.make_answer(65'535);
  CAF_CHECK(fly::decode_helo_reply(uut.answer)->restored == false);
  uut = granted("s", 3);
  uut.make_answer(65'535);
  CAF_CHECK(fly::decode_helo_reply(uut.answer)->restored == true);
  CAF_CHECK(fly::decode_helo_reply(uut.answer)->restored_ids == (std::vector<std::uint16_t>{65'000, 65'001, 65'002}));
}

CAF_TEST(subscriptions without room in the answer are left out) {
  auto uut = granted("s", 500);
  const auto left_out = uut.make_answer(1'200);
  CAF_CHECK(uut.answer.size() <= 1'200);
  const auto kept = fly::decode_helo_reply(uut.answer)->restored_ids;
  CAF_CHECK_EQUAL(kept.size() + left_out.size(), 500u);
  CAF_CHECK(kept.size() > 150);
  uut = granted("s", 500);
  CAF_CHECK_EQUAL(uut.make_answer(10).size(), 500u);
}

CAF_TEST(a session without subscriptions is one too) {
  auto uut = granted("s", 0);
  uut.restored.emplace();
  uut.make_answer(65'535);
  CAF_CHECK(fly::decode_helo_reply(uut.answer)->restored == true);
}
