#define CAF_SUITE token_source
// Labels: hardened
#include "actors/auth/token_source.hpp"

#include "protocol/auth/signature_key.hpp"
#include "protocol/text/base64.hpp"

#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

// HS256 key whose secret is its own name, twice.
std::string key_named(const std::string& id) {
  return R"({"kty":"oct","kid":")" + id + R"(","k":")" + encode_base64url(id + id) + "\"}";
}

std::string token_by(const std::string& id) {
  const auto text =
      encode_base64url(R"({"alg":"HS256","kid":")" + id + "\"}") + '.' + encode_base64url(R"({"ext":"who"})");
  return text + '.' + encode_base64url(token_mac(token_algorithm::hs256, id + id, text));
}

class fake_key_set final : public key_set_link {
public:
  void fetch(const key_set_place& from, std::function<void(result<std::string>)> done) override {
    asked.push_back(from.host);
    waiting = std::move(done);
  }
  void stop() override { waiting = nullptr; }

  void answer(const std::string& keys) { std::exchange(waiting, nullptr)(R"({"keys":[)" + keys + "]}"); }
  void fail() { std::exchange(waiting, nullptr)(fault{errc::wrong_value, "no route"}); }

  std::vector<std::string> asked;
  std::function<void(result<std::string>)> waiting;
};

struct fixture : connection_fixture {
  fixture() : connection_fixture{{.tokens = std::make_shared<const token_keys>(), .token_required = true}} {
    here.token_source = uut;
    use("keys.example", 600s);
  }
  ~fixture() override { here.token_source = nullptr; }

  void use(const std::string& host, std::chrono::milliseconds refresh) {
    const auto place = host.empty() ? nullptr : std::make_shared<const key_set_place>(key_set_place{.host = host});
    caf::anon_send(uut, use_token_keys{std::make_shared<const token_keys>(), place, refresh});
    consume_messages();
  }

  void answer(const std::string& keys) {
    link->answer(keys);
    consume_messages();
  }

  void fail() {
    link->fail();
    consume_messages();
  }

  bool has(const std::string& id) const { return published != nullptr && !lacks_key(token_by(id), *published); }

  client come_with(const std::string& sid, const std::string& key) { return come(sid, token_by(key)); }

  std::shared_ptr<fake_key_set> link = std::make_shared<fake_key_set>();
  std::shared_ptr<const token_keys> published;
  token_source_actor uut = ends(spawn_token_source(here, nullptr, link, [this](std::shared_ptr<const token_keys> keys) {
    published = keys;
    for (const auto& home : here.lanes)
      home->settings.tokens = keys;
  }));
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(token_source_tests, fixture)

CAF_TEST(keys are fetched at once and again and again) {
  CAF_CHECK_EQUAL(link->asked, std::vector<std::string>{"keys.example"});
  answer(key_named("a"));
  CAF_CHECK(has("a"));
  CAF_CHECK_EQUAL(here.key_counters.fetched.get(), 1u);
  advance_time(599s);
  consume_messages();
  CAF_CHECK_EQUAL(link->asked.size(), 1u);
  advance_time(1s);
  consume_messages();
  CAF_REQUIRE_EQUAL(link->asked.size(), 2u);
  answer(key_named("b"));
  CAF_CHECK(has("b"));
  CAF_CHECK(!has("a"));
}

CAF_TEST(keys that cannot be fetched again stay and attempts become rarer) {
  answer(key_named("a"));
  advance_time(600s);
  consume_messages();
  for (const auto pause : {10s, 20s, 40s}) {
    const auto before = link->asked.size();
    fail();
    CAF_CHECK(has("a"));
    advance_time(pause - 1s);
    consume_messages();
    CAF_CHECK_EQUAL(link->asked.size(), before);
    advance_time(1s);
    consume_messages();
    CAF_CHECK_EQUAL(link->asked.size(), before + 1);
  }
  CAF_CHECK_EQUAL(here.key_counters.failed.get(), 3u);
  answer("{}");  // no keys at all
  CAF_CHECK(has("a"));
  CAF_CHECK_EQUAL(here.key_counters.failed.get(), 4u);
}

CAF_TEST(a client with a key that is not there waits for the next attempt and is let in) {
  answer(key_named("old"));
  advance_time(token_source_state::least_pause);
  consume_messages();
  const auto who = come_with("s1", "new");
  CAF_CHECK(!who.box->accepted);
  CAF_REQUIRE_EQUAL(link->asked.size(), 2u);
  const auto second = come_with("s2", "new");
  CAF_CHECK_EQUAL(link->asked.size(), 2u);
  answer(key_named("new"));
  CAF_CHECK(who.box->accepted);
  CAF_CHECK(second.box->accepted);
  CAF_CHECK(come_with("s3", "new").box->accepted);
  CAF_CHECK_EQUAL(link->asked.size(), 2u);
}

CAF_TEST(clients with keys of their own make do with one attempt in ten seconds) {
  answer(key_named("a"));
  for (int i = 0; i < 100; ++i)
    CAF_CHECK(come_with("s" + std::to_string(i), "bad").box->refused == refusal::unauthorized);
  CAF_CHECK_EQUAL(link->asked.size(), 1u);
  advance_time(token_source_state::least_pause);
  consume_messages();
  const auto who = come_with("t", "bad");
  CAF_CHECK_EQUAL(link->asked.size(), 2u);
  answer(key_named("a"));
  CAF_CHECK(who.box->refused == refusal::unauthorized);
}

CAF_TEST(as long as no keys were fetched clients are told to come back) {
  const auto who = come_with("s1", "a");
  CAF_CHECK(!who.box->refused);
  fail();
  CAF_CHECK(who.box->refused == refusal::unavailable);
  CAF_CHECK(come_with("s2", "a").box->refused == refusal::unavailable);
}

CAF_TEST(a client that leaves while its key is looked for is forgotten) {
  const auto who = come_with("s1", "a");
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  answer(key_named("a"));
  CAF_CHECK(!who.box->accepted);
  CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(here.lanes.front()->counters.entering.get(), 0u);
}

CAF_TEST(another place takes over and an answer of the old one is too late) {
  auto late = std::exchange(link->waiting, nullptr);
  use("other.example", 600s);
  CAF_CHECK_EQUAL(link->asked.back(), "other.example");
  late(std::string{R"({"keys":[)" + key_named("a") + "]}"});
  consume_messages();
  CAF_CHECK(!has("a"));
  answer(key_named("b"));
  CAF_CHECK(has("b"));
  use("other.example", 60s);
  CAF_CHECK_EQUAL(link->asked.size(), 2u);
  CAF_CHECK(has("b"));
  use("", 60s);
  CAF_CHECK(!has("b"));
}

CAF_TEST_FIXTURE_SCOPE_END()
