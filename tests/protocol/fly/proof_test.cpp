#define CAF_SUITE fly_proof
#include "protocol/fly/link_proof.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/fly/helo.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

const std::chrono::system_clock::time_point noon{1'000'000s};

}  // namespace

CAF_TEST(a proof depends on all that goes into it) {
  const auto proof = link_proof("secret", "gateway", "own", "other");
  CAF_CHECK_EQUAL(proof.size(), 64u);
  CAF_CHECK_EQUAL(proof, link_proof("secret", "gateway", "own", "other"));
  CAF_CHECK_NOT_EQUAL(proof, link_proof("Secret", "gateway", "own", "other"));
  CAF_CHECK_NOT_EQUAL(proof, link_proof("secret", "backend", "own", "other"));
  CAF_CHECK_NOT_EQUAL(proof, link_proof("secret", "gateway", "other", "own"));
  CAF_CHECK_NOT_EQUAL(proof, link_proof("secret", "gateway", "own 5", "other"));
}

CAF_TEST(a cookie is good where it was made for and for a while) {
  const auto cookie = make_cookie("s", "127.0.0.1:9", noon);
  CAF_CHECK_EQUAL(cookie.size(), cookie_size);
  CAF_CHECK(check_cookie(cookie, "s", "127.0.0.1:9", noon) == noon);
  CAF_CHECK(check_cookie(cookie, "s", "127.0.0.1:9", noon + cookie_lifetime) == noon);
  CAF_CHECK(check_cookie(cookie, "s", "127.0.0.1:9", noon - 1s) == noon);  // the clock was set back
  CAF_CHECK(!check_cookie(cookie, "s", "127.0.0.1:9", noon + cookie_lifetime + 1ms));
  CAF_CHECK(!check_cookie(cookie, "s", "127.0.0.1:9", noon - cookie_lifetime - 1ms));
  CAF_CHECK(!check_cookie(cookie, "s", "127.0.0.1:9", noon + std::chrono::milliseconds{1LL << 32}));
  CAF_CHECK(!check_cookie(cookie, "s", "127.0.0.1:8", noon));
  CAF_CHECK(!check_cookie(cookie, "t", "127.0.0.1:9", noon));
  CAF_CHECK(!check_cookie(blank_cookie, "s", "127.0.0.1:9", noon));
  CAF_CHECK(!check_cookie("", "s", "127.0.0.1:9", noon));
  for (std::size_t at = 0; at < cookie.size(); ++at) {
    auto changed = cookie;
    changed[at] = changed[at] == '0' ? '1' : '0';
    CAF_CHECK(!check_cookie(changed, "s", "127.0.0.1:9", noon));
  }
}

CAF_TEST(each challenge of an address has a cookie of its own) {
  const auto cookie = make_cookie("s", "p", noon);
  const auto later = make_cookie("s", "p", noon + 1ms);
  CAF_CHECK_NOT_EQUAL(cookie.substr(8), later.substr(8));
  CAF_CHECK(check_cookie(cookie, "s", "p", noon + 1s) == noon);
  CAF_CHECK(check_cookie(later, "s", "p", noon + 1s) == noon + 1ms);
  CAF_CHECK(!check_cookie(cookie.substr(0, 8) + later.substr(8), "s", "p", noon + 1s));
}

CAF_TEST(the answer with a cookie is no longer than what asked for it) {
  helo_request shortest;
  shortest.cookie = blank_cookie;
  const auto answer = encode_cookie_reply(make_cookie("s", "p", noon));
  CAF_CHECK_LESS_OR_EQUAL(answer.size(), encode_helo(shortest).size());
  const auto read = decode_helo_reply(answer);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK_EQUAL(read->cookie, make_cookie("s", "p", noon));
}
