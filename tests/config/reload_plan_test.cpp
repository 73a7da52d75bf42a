#define CAF_SUITE reload_plan
// Labels: hardened
#include "config/reload_plan.hpp"

#include <algorithm>

#include "caf/test/unit_test.hpp"
#include "config/option.hpp"
#include "options_fixture.hpp"

using namespace ability;

namespace {

using names = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(reload_plan_tests, options_fixture)

CAF_TEST(what may change is taken and what may not stays until the next start) {
  const auto now = good({"--port", "1", "--max-conn", "5", "--secret", "old", "--headers", "cookie"});
  const auto plan = plan_reload(now, good({"--port", "2", "--lanes", "3", "--max-conn", "7", "--secret", "new",
                                           "--headers", "cookie,x-api-token", "--debug"}));
  CAF_CHECK_EQUAL(plan.changed, (names{"max_conn", "headers", "secret", "log_level", "debug"}));
  CAF_CHECK_EQUAL(plan.needs_restart, (names{"port", "lanes"}));
  CAF_CHECK_EQUAL(plan.next.server.port, 1u);
  CAF_CHECK_EQUAL(plan.next.server.lanes, now.server.lanes);
  CAF_CHECK_EQUAL(plan.next.edge.max_connections, 7u);
  CAF_CHECK_EQUAL(plan.next.secret, "new");
  CAF_CHECK_EQUAL(plan.next.edge.forwarded_headers, (names{"cookie", "x-api-token"}));
  CAF_CHECK(plan.next.log.lowest == log_level::debug);
}

CAF_TEST(the same again changes nothing) {
  const auto now = good({"--max-conn", "5", "--jwt-public-key", "a.pem,b.pem"});
  const auto plan = plan_reload(now, now);
  CAF_CHECK(plan.changed.empty());
  CAF_CHECK(plan.needs_restart.empty());
}

CAF_TEST(what is taken away is as if it had never been given) {
  const auto plan =
      plan_reload(good({"--max-conn", "5", "--jwt-secret", "a,b", "--allowed-origins", "example.com"}), good({}));
  CAF_CHECK_EQUAL(plan.next.edge.max_connections, options{}.edge.max_connections);
  CAF_CHECK(plan.next.tokens.secrets.empty());
  CAF_CHECK(plan.next.edge.allowed_origins == options{}.edge.allowed_origins);
  CAF_CHECK(plan.needs_restart.empty());
}

CAF_TEST(TLS is neither turned on nor off and its files may be others) {
  const auto plain = good({});
  const auto secure = good({"--ssl-cert", "a.pem", "--ssl-key", "a.key"});
  const auto other = good({"--ssl-cert", "b.pem", "--ssl-key", "b.key"});
  CAF_CHECK_EQUAL(plan_reload(plain, secure).needs_restart, (names{"ssl_cert", "ssl_key"}));
  CAF_CHECK(plan_reload(plain, secure).next.server.ssl_cert.empty());
  CAF_CHECK_EQUAL(plan_reload(secure, plain).needs_restart, (names{"ssl_cert", "ssl_key"}));
  CAF_CHECK_EQUAL(plan_reload(secure, plain).next.server.ssl_key, "a.key");
  CAF_CHECK_EQUAL(plan_reload(secure, other).changed, (names{"ssl_cert", "ssl_key"}));
  CAF_CHECK_EQUAL(plan_reload(secure, other).next.server.ssl_cert, "b.pem");
}

CAF_TEST(what takes effect must fit what stays until a restart) {
  const std::vector<std::string> cluster{"--cluster-listen=127.0.0.1:7700", "--monitor-secret=m"};
  const auto with = [&](const std::string& more) {
    auto all = cluster;
    all.push_back(more);
    return good(all);
  };
  for (const auto* secret : {"--cluster-secret=s", "--secret=s"}) {
    CAF_CHECK_EQUAL(plan_reload(with(secret), good({"--monitor-secret=m"})).contradiction,
                    "--cluster-listen is given without a secret that nodes prove to each other: --cluster-secret or "
                    "--secret.");
    CAF_CHECK_EQUAL(plan_reload(with(secret), with("--secret=other")).contradiction, "");
  }
  CAF_CHECK_EQUAL(plan_reload(with("--secret=s"), good({"--secret=s"})).contradiction,
                  "--monitor-secret is gone, but the port that it protects stays open.");
  CAF_CHECK_EQUAL(
      plan_reload(with("--secret=s"), good({"--cluster-listen=127.0.0.1:7700", "--secret=s"})).contradiction, "");
  CAF_CHECK_EQUAL(
      plan_reload(good({"--cluster-listen=127.0.0.1:7700", "--secret=s"}), good({"--secret=s"})).contradiction, "");
  const auto page = good({"--http-broadcast-port=1", "--http-broadcast-path=/h", "--path=/h"});
  CAF_CHECK_EQUAL(plan_reload(good({}), page).contradiction,
                  "--http-broadcast-path is \"/h\", but must differ from --path.");
}

CAF_TEST(each option that may change takes its own values back) {
  const options defaults;
  for (const auto& group : all_options())
    for (const auto& each : group.members)
      if (is_live(each.name)) {
        options copy;
        const auto refusal = each.set(copy, each.get(defaults));
        CAF_CHECK_EQUAL(each.name + ": " + refusal, each.name + ": ");
      }
}

CAF_TEST(every name that may change is an option) {
  std::ptrdiff_t live = 0;
  for (const auto& group : all_options())
    live += std::ranges::count_if(group.members, [](const auto& each) { return is_live(each.name); });
  CAF_CHECK_EQUAL(static_cast<std::size_t>(live), live_option_count());
}

CAF_TEST_FIXTURE_SCOPE_END()
