// Warnings at the start, each with the option that helps.
// Labels: hardened
#define CAF_SUITE start_warnings

#include "config/start_warnings.hpp"

#include <algorithm>

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using namespace ability;

namespace {

struct fixture : options_fixture {
  // The remedy of the first warning that contains `part`; empty if there is none.
  std::string remedy(const std::vector<std::string>& args, const std::string& part, std::size_t sockets = 1'000'000) {
    for (const auto& each : start_warnings(good(args), sockets))
      if (each.what.find(part) != std::string::npos)
        return each.remedy;
    return {};
  }

  std::size_t warnings(const std::vector<std::string>& args) { return start_warnings(good(args), 1'000'000).size(); }

  bool helps(std::vector<std::string> args, const std::string& part, const std::vector<std::string>& remedy_args) {
    const bool was_there = !remedy(args, part).empty();
    args.insert(args.end(), remedy_args.begin(), remedy_args.end());
    return was_there && remedy(args, part).empty();
  }
};

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(start_warnings_tests, fixture)

CAF_TEST(what works is not warned of) {
  for (const texts& args :
       {texts{"--public"}, texts{"--secret=s"}, texts{"--rpc-host=http://a", "--secret=s"},
        texts{"--noauth", "--public-streams", "--broadcast-key=k"}, texts{"--rpc-host=a:1", "--redis-url=redis://a"},
        texts{"--rpc-host=fly://a:1"}, texts{"--secret=s", "--turbo-streams", "--cable-ready", "--streams-whisper"}})
    CAF_CHECK_EQUAL(warnings(args), 0u);
}

CAF_TEST(without any option nobody gets in and nobody can publish) {
  CAF_CHECK_EQUAL(warnings({}), 2u);
  for (const auto* way : {"--public", "--rpc-host=http://a", "--secret=s", "--jwt-secret=s", "--noauth"})
    CAF_CHECK(helps({}, "no client can connect", {way}));
  CAF_CHECK(!helps({}, "no client can connect", {"--rpc-host=http://a", "--norpc"}));
  CAF_CHECK(!helps({}, "no client can connect", {"--jwt-secret=none", "--secret=s"}));
  CAF_CHECK(remedy({}, "no client can connect").find("--public") != std::string::npos);
}

CAF_TEST(clients that get in and can follow nothing are told of) {
  for (const auto* way : {"--public-streams", "--streams-secret=s", "--secret=s", "--rpc-host=http://a", "--public"})
    CAF_CHECK(helps({"--noauth"}, "follow no stream", {way}));
  CAF_CHECK(!helps({"--noauth"}, "follow no stream", {"--secret=s", "--streams-secret=none"}));
}

CAF_TEST(a daemon that nobody can publish to is told of) {
  for (const auto* way : {"--broadcast-key=k", "--secret=s", "--redis-url=redis://a", "--broadcast-key=none",
                          "--api-secret=k", "--api-secret=none"})
    CAF_CHECK(helps({"--jwt-secret=s", "--public-streams"}, "nobody can publish", {way}));
  CAF_CHECK(!helps({"--jwt-secret=s", "--public-streams"}, "nobody can publish", {"--redis-url=none"}));
}

CAF_TEST(named streams without a key cannot be followed) {
  for (const auto* way : {"--turbo-streams-secret=s", "--streams-secret=s", "--secret=s"})
    CAF_CHECK(helps({"--turbo-streams"}, "Turbo", {way}));
  for (const auto* way : {"--cable-ready-secret=s", "--streams-secret=s", "--secret=s"})
    CAF_CHECK(helps({"--cable-ready"}, "CableReady", {way}));
  CAF_CHECK(!helps({"--turbo-streams", "--public"}, "Turbo", {"--cable-ready-secret=s"}));
}

CAF_TEST(sizes that exclude each other are told of) {
  CAF_CHECK(helps({"--public", "--max-pending-size=1000000"}, "1000000 bytes", {"--max-broadcast-size=1000"}));
  CAF_CHECK_EQUAL(remedy({"--public", "--max-conn=100"}, "descriptors", 100), "");
  CAF_CHECK_NOT_EQUAL(remedy({"--public", "--max-conn=101"}, "for 100 connections", 100), "");
}

CAF_TEST(a rule of history that never counts is told of) {
  const auto told = [&](const std::string& rules) { return warnings({"--public", "--history-streams=" + rules}); };
  for (const auto* good : {"chat/*:limit=1;*:off", "a:off;b:off", "chat/1/*:off;chat/*:limit=1", "a*:off;*b:off"})
    CAF_CHECK_EQUAL(told(good), 0u);
  CAF_CHECK_EQUAL(told("*:off;chat/*:limit=1"), 1u);
  CAF_CHECK_EQUAL(told("*:off;chat/*:limit=1;a:off;*:ttl=1s"), 3u);
  CAF_CHECK_NOT_EQUAL(remedy({"--public", "--history-streams=*:off;chat/*:limit=1"}, "never counts, as"), "");
  CAF_CHECK_EQUAL(remedy({"--public", "--history-streams=a:off;a:limit=1"}, "two rules"), "leave one of them out");
}

CAF_TEST(an option that does nothing by itself names the one that it needs) {
  const std::vector<std::pair<std::string, texts>> dependents{
      {"--streams-whisper", {"--streams-secret=s"}},
      {"--turbo-streams-secret=s", {"--turbo-streams"}},
      {"--cable-ready-secret=s", {"--cable-ready"}},
      {"--jwt-param=t", {"--jwt-secret=s"}},
      {"--redis-channel=c", {"--redis-url=redis://a"}},
      {"--redis-key-prefix=p", {"--broker=redis", "--redis-url=redis://a"}},
      {"--redisx-stream=s", {"--broadcast-adapter=redisx", "--redis-url=redis://a"}},
      {"--redisx-max-pending=5", {"--broadcast-adapter=redisx", "--redis-url=redis://a"}},
      {"--metrics-host=0.0.0.0", {"--metrics-port=9"}},
      {"--http-rpc-secret=s", {"--rpc-host=http://a"}},
      {"--fly-rpc-secret=s", {"--rpc-host=fly://a:1"}},
      {"--rpc-enable-tls", {"--rpc-host=a:1"}},
      {"--rpc-tls-root-ca=f", {"--rpc-host=https://a"}},
      {"--headers=host", {"--rpc-host=http://a"}},
      {"--proxy-cookies=c", {"--rpc-host=http://a"}},
      {"--disconnect-mode=always", {"--rpc-host=http://a"}},
      {"--monitor-secret=s", {"--monitor-listen=127.0.0.1:1"}},
      {"--cluster-secret=s", {"--monitor-listen=127.0.0.1:1"}},
      {"--fly-udp-max-payload=500", {"--fly-listen=udp://127.0.0.1:1"}},
      {"--ready-requires=redis", {"--redis-url=redis://a"}},
      {"--ready-requires=app", {"--rpc-host=http://a"}},
  };
  for (const auto& [option, needed] : dependents) {
    CAF_MESSAGE(option);
    CAF_CHECK(helps({"--public", option}, "does nothing by itself", needed));
    const auto told = remedy({"--public", option}, "does nothing by itself");
    CAF_CHECK(told.find(needed.front().substr(0, needed.front().find('='))) != std::string::npos);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
