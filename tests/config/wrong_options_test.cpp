// One sentence for each mistake: the option as it was given, the value, and the allowed values.
// Labels: hardened
#define CAF_SUITE wrong_options

#include "caf/test/unit_test.hpp"
#include "config/unknown_variables.hpp"
#include "options_fixture.hpp"

CAF_TEST_FIXTURE_SCOPE(wrong_options_tests, options_fixture)

CAF_TEST(a wrong value names its flag) {
  CAF_CHECK_EQUAL(mistake({"--port=abc"}), R"(--port is "abc", but must be a whole number from 0 to 65535.)");
  CAF_CHECK_EQUAL(mistake({"--port", ""}), R"(--port is "", but must be a whole number from 0 to 65535.)");
  CAF_CHECK_EQUAL(mistake({"--port="}), R"(--port is "", but must be a whole number from 0 to 65535.)");
  CAF_CHECK_EQUAL(mistake({"--ws-write-timeout=x"}),
                  R"(--ws-write-timeout is "x", but must be seconds, or a number with ms, s, m or h, from 1ms to 1h.)");
}

CAF_TEST(a wrong value names its variable) {
  CAF_CHECK_EQUAL(mistake({}, {{"PORT", "http"}}), R"(PORT is "http", but must be a whole number from 0 to 65535.)");
  CAF_CHECK_EQUAL(mistake({}, {{"ANYCABLE_PUBLIC", "maybe"}}),
                  R"(ANYCABLE_PUBLIC is "maybe", but must be true or false.)");
}

CAF_TEST(a wrong value names its key and line) {
  CAF_CHECK_EQUAL(mistake_in("# first\n\nlanes = 257\n"),
                  R"(lanes (FILE line 3, column 1) is "257", but must be a whole number from 0 to 256.)");
}

CAF_TEST(numbers are whole and in range) {
  for (const auto* value : {"-1", "+1", "1.5", "1e3", "0x10", " 1", "1 ", "65536", "99999999999999999999999"})
    CAF_CHECK_EQUAL(mistake({"--port", value}),
                    "--port is \"" + std::string{value} + "\", but must be a whole number from 0 to 65535.");
  CAF_CHECK_NOT_EQUAL(mistake({"--max-message-size=0"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--max-message-size=16777217"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--max-pending-commands=0"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--max-pending-commands=1025"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--max-pending-broadcasts=0"}), "");
}

CAF_TEST(sizes have a range and known units) {
  for (const auto* value :
       {"", "kb", "64 kb", "1.5mb", "64kbit", "64kk", "64t", "17mb", "99999999999999999999g", "-1k"})
    CAF_CHECK_NOT_EQUAL(mistake({"--max-message-size", value}), "");
  CAF_CHECK_EQUAL(
      mistake({"--max-message-size=17mb"}),
      R"(--max-message-size is "17mb", but must be a whole number of bytes, or with kb, mb or gb, from 1 to )"
      "16777216.");
}

CAF_TEST(durations have a range and known units) {
  for (const auto* value : {"", "s", "-1", "1.5", "2d", "2 s", "61m", "0", "99999999999999999999"})
    CAF_CHECK_NOT_EQUAL(mistake({"--handshake-timeout", value}), "");
  CAF_CHECK_EQUAL(mistake({"--ping-interval=500ms"}),
                  R"(--ping-interval is "500ms", but must be a whole number of seconds from 0 to 3600.)");
}

CAF_TEST(the address of the application has one of its forms) {
  CAF_CHECK(mistake({"--rpc-host=app"})
                .starts_with("--rpc-host (its value is not shown) must be http://host[:port][/path], https://..., "));
  for (const auto* value : {"ftp://app", "http://", "http://app:0", "http://app/?a=b", "dns://app:1", "grpc-list://"})
    CAF_CHECK_NOT_EQUAL(mistake({"--rpc-host", value}), "");
}

CAF_TEST(times of calls are milliseconds or have a unit) {
  CAF_CHECK_EQUAL(mistake({"--rpc-command-timeout=x"}),
                  R"(--rpc-command-timeout is "x", but must be milliseconds, or a number with ms, s, m or h, from 1ms )"
                  "to 1h.");
  for (const auto* value : {"", "0", "1.5", "-1", "3600001", "2h", "1d", "99999999999999999999"})
    CAF_CHECK_NOT_EQUAL(mistake({"--rpc-command-timeout", value}), "");
  for (const auto* value : {"", "-1", "3600001"})
    CAF_CHECK_NOT_EQUAL(mistake({"--rpc-request-timeout", value}), "");
}

CAF_TEST(numbers of calls have bounds) {
  for (const auto* arg : {"--rpc-concurrency=0", "--rpc-concurrency=100001", "--rpc-max-waiting=-1",
                          "--rpc-max-reply-size=1025mb", "--disconnect-rate=0", "--disconnect-rate=1000001",
                          "--disconnect-backlog-size=-1", "--max-commands-per-second=1000001"})
    CAF_CHECK_NOT_EQUAL(mistake({arg}), "");
  CAF_CHECK_EQUAL(mistake({"--disconnect-mode=sometimes"}),
                  R"(--disconnect-mode is "sometimes", but must be auto, always or never.)");
}

CAF_TEST(names of headers and cookies and tokens have no separators) {
  for (const auto* arg : {"--headers=a b", "--headers=a:b", "--headers=a,,b", "--headers=x=y", "--proxy-cookies=a=b",
                          "--proxy-cookies=a;b", "--proxy-cookies=a b", "--jwt-param=", "--jwt-param=a b",
                          "--jwt-param=a&b", "--trusted-proxies=10.0.0.0/8;x", "--trusted-proxies=,"})
    CAF_CHECK_NOT_EQUAL(mistake({arg}), "");
}

CAF_TEST(sessions are bound to cookies and to nothing else) {
  for (const auto* arg : {"--sessions-bind=user_id", "--sessions-bind=cookies",
                          "--sessions-bind=cookies=", "--sessions-bind=cookies=a b", "--sessions-bind=cookies=a,,b",
                          "--sessions-bind=cookies=a;b", "--sessions-bind=headers=a", "--sessions-bind=cookies=a=b"})
    CAF_CHECK_NOT_EQUAL(mistake({arg}), "");
}

CAF_TEST(words are from the list) {
  CAF_CHECK_EQUAL(mistake({"--auth-reject=never"}), R"(--auth-reject is "never", but must be auto, http or message.)");
  CAF_CHECK_NOT_EQUAL(mistake({"--log-level=INFORMATION"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--log-format=xml"}), "");
}

CAF_TEST(paths begin with a slash) {
  for (const auto* value :
       {"", ",", "/a,", "cable", "/a b", "/a?b", "/*/b", "/a,b", "/{}", "/{a", "/{a}b", "/{a/b}", "/a{b}", "/{a-b}/c"})
    CAF_CHECK_NOT_EQUAL(mistake({"--path", value}), "");
  CAF_CHECK_EQUAL(
      mistake({"--health-path=health"}),
      R"(--health-path is "health", but must be a path that begins with / and has no space, *, ?, # or comma.)");
  CAF_CHECK_NOT_EQUAL(mistake({"--health-path=/h*"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--metrics-http=off"}), "");
}

CAF_TEST(two pages cannot have one path) {
  CAF_CHECK_EQUAL(mistake({"--health-path=/cable"}), R"(--health-path is "/cable", but must differ from --path.)");
  CAF_CHECK_EQUAL(mistake({}, {{"ABILITY_METRICS_HTTP", "/health"}}),
                  R"(ABILITY_METRICS_HTTP is "/health", but must differ from --health-path.)");
  CAF_CHECK_EQUAL(mistake({"--path=/cable,/health/live"}),
                  R"(--health-path has "/health/live" below it, which must differ from --path.)");
  CAF_CHECK_EQUAL(mistake({"--metrics-http=/health/ready"}),
                  R"(--metrics-http is "/health/ready", but must differ from --health-path.)");
  CAF_CHECK_EQUAL(mistake({"--path=/a,/a"}), R"(--path holds "/a" twice.)");
  CAF_CHECK_NOT_EQUAL(mistake({"--http-broadcast-path=/health"}), "");
  // Health pages are served at that port, too; clients are not.
  CAF_CHECK_EQUAL(mistake({"--http-broadcast-path=/health", "--http-broadcast-port=9"}),
                  R"(--http-broadcast-path is "/health", but must differ from --health-path.)");
  CAF_CHECK_EQUAL(mistake({"--http-broadcast-path=/metrics", "--http-broadcast-port=9"}),
                  R"(--http-broadcast-path is "/metrics", but must differ from --metrics-http.)");
  for (const auto* path : {"--http-broadcast-path=/cable", "--http-broadcast-path=/metrics"})
    CAF_CHECK_NOT_EQUAL(good({path, "--http-broadcast-port=9", "--metrics-port=10"}).edge.broadcast_path, "");
  CAF_CHECK_EQUAL(mistake({"--path=/api/publish"}),
                  R"(--api-path has "/api/publish" below it, which must differ from --path.)");
  CAF_CHECK_EQUAL(mistake({"--http-broadcast-path=/publish", "--api-path=/"}),
                  R"(--api-path has "/publish" below it, which must differ from --http-broadcast-path.)");
  CAF_CHECK_EQUAL(mistake({"--health-path=/x/publish", "--api-path=/x/", "--http-broadcast-port=9"}),
                  R"(--api-path has "/x/publish" below it, which must differ from --health-path.)");
  CAF_CHECK_EQUAL(good({"--path=/api/publish", "--http-broadcast-port=9"}).edge.api_path, "/api");
}

CAF_TEST(hosts and origins have no scheme) {
  CAF_CHECK_NOT_EQUAL(mistake({"--host="}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--host=http://a"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--host=[::1]"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--allowed-origins=https://a"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--allowed-origins=a,,b"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--allowed-origins=a.*"}), "");
  for (const std::string entry :
       {"a.com:99999", "a.com:", "a.com:x", "*.a.com:", "*.a.com:65536", "a:b:c", "[::1", "[]",  "[x]", "[::1]x", "::1",
        "*]",          "*[::1]", "[",       "]",        ":80",           ":",     "*:",   "*:x", "**"})
    CAF_CHECK(mistake({"--allowed-origins=" + entry}).find("localhost:3000") != std::string::npos);
  for (const std::string entry : {"a.com:1", "*.a.com:65535", "*:3000", "*a.com", "my_host-1", "[::1]", "[::1]:80"})
    CAF_CHECK_EQUAL(good({"--allowed-origins=" + entry}).edge.allowed_origins.size(), 1u);
}

CAF_TEST(texts have no control characters) {
  CAF_CHECK_NOT_EQUAL(mistake({"--secret=a\nb"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--redis-channel="}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--ssl-cert=a\tb", "--ssl-key=c"}), "");
}

CAF_TEST(a certificate needs its key and the other way round) {
  CAF_CHECK_EQUAL(mistake({"--ssl-cert=a.pem"}), "--ssl-cert is given without --ssl-key, but TLS needs both.");
  CAF_CHECK_EQUAL(mistake({}, {{"ABILITY_SSL_KEY", "k"}}),
                  "ABILITY_SSL_KEY is given without --ssl-cert, but TLS needs both.");
  CAF_CHECK_EQUAL(good({"--ssl-cert=a.pem"}, {{"ABILITY_SSL_KEY", "k"}}).server.ssl_key, "k");
}

CAF_TEST(a token is not enforced without a key to check it with) {
  const std::string sentence =
      "--enforce-jwt is given without a key to check tokens with: --jwt-secret, --secret, --jwt-public-key or "
      "--jwt-jwks.";
  CAF_CHECK_EQUAL(mistake({"--enforce-jwt"}), sentence);
  CAF_CHECK_EQUAL(mistake({"--enforce-jwt", "--jwt-secret=none", "--secret=s"}), sentence);
  CAF_CHECK_EQUAL(mistake({}, {{"ANYCABLE_ENFORCE_JWT", "1"}}).find("ANYCABLE_ENFORCE_JWT is given without a key"), 0u);
  for (const auto* key : {"--jwt-secret=k", "--secret=k", "--jwt-public-key=k.pem", "--jwt-jwks=k.json"})
    CAF_CHECK(good({"--enforce-jwt", key}).node.token_required);
}

CAF_TEST(proxies are addresses or networks) {
  for (const auto* value : {"10.0.0", "10.0.0.0/33", "localhost", "10.0.0.1,proxy", "::/129"})
    CAF_CHECK_NOT_EQUAL(mistake({"--trusted-proxies", value}), "");
  CAF_CHECK_EQUAL(good({"--trusted-proxies=10.0.0.0/8,::1"}).trusted_proxies.size(), 2u);
}

CAF_TEST(an unknown flag is an error with a proposal) {
  CAF_CHECK_EQUAL(mistake({"--prot=1"}), "--prot is no option (did you mean --port?); abilityd --help lists all.");
  CAF_CHECK_EQUAL(mistake({"--max-con", "1"}),
                  "--max-con is no option (did you mean --max-conn?); abilityd --help lists all.");
  CAF_CHECK_EQUAL(mistake({"--gnats-waiters=x"}), "--gnats-waiters is no option; abilityd --help lists all.");
  CAF_CHECK_EQUAL(mistake({"-p", "1"}), "-p is no option; abilityd --help lists all.");
  CAF_CHECK_EQUAL(mistake({"--" + std::string(10'000, 'x')}).size(),
                  62u + std::string{" is no option; abilityd --help lists all."}.size() - 2);
}

CAF_TEST(a value behind a colon is an error) {
  CAF_CHECK_EQUAL(mistake({"--port:3"}), "--port takes its value after = or a space.");
}

CAF_TEST(arguments that belong to no option are errors) {
  const std::string sentence =
      "an argument belongs to no option; a value with spaces needs quotes, and true is given by the flag alone, "
      "false as --flag=false.";
  CAF_CHECK_EQUAL(mistake({"serve"}), sentence);
  CAF_CHECK_EQUAL(mistake({""}), sentence);
  CAF_CHECK_EQUAL(mistake({"--public", "false"}), sentence);
  CAF_CHECK_EQUAL(mistake({"--", "x"}), sentence);
}

CAF_TEST(a missing value is an error) {
  CAF_CHECK_EQUAL(mistake({"--port"}), "--port needs a value.");
  CAF_CHECK_EQUAL(mistake({"--public", "--config-path"}), "--config-path needs a value.");
  CAF_CHECK_EQUAL(mistake({"--secret", "--public"}),
                  "--secret needs a value, and one that begins with -- has to come from the environment or the file.");
}

CAF_TEST(an option given twice is an error) {
  CAF_CHECK_EQUAL(mistake({"--port=1", "--port=2"}), "--port is given twice.");
  CAF_CHECK_EQUAL(mistake({"--max-conn=1", "--max_conn=2"}), "--max-conn is given twice.");
  CAF_CHECK_EQUAL(mistake({"--close-timeout=1", "--ws-write-timeout=2"}),
                  "--close-timeout and --ws-write-timeout are the same option, which is given twice.");
  CAF_CHECK_EQUAL(mistake({"--config-path=a", "--config-path=b"}), "--config-path is given twice.");
}

CAF_TEST(a long or strange value is shown short and harmless) {
  auto sentence = mistake({"--port", std::string(59, 'x') + "\xC3\xA4" + std::string(5'000, 'y')});
  CAF_CHECK_EQUAL(sentence,
                  "--port is \"" + std::string(59, 'x') + "...\", but must be a whole number from 0 to 65535.");
  CAF_CHECK_EQUAL(mistake({"--port", "\x1b[2J\n"}),
                  R"(--port is "?[2J?", but must be a whole number from 0 to 65535.)");
}

CAF_TEST(no sentence shows a secret) {
  CAF_CHECK_EQUAL(mistake({"--broadcast-key=a b"}),
                  "--broadcast-key (its value is not shown) must be visible ASCII characters without spaces.");
  const std::string secret = "hunter2";
  for (const auto& args : std::vector<std::vector<std::string>>{{"--secret=" + secret + "\n"},
                                                                {"--broadcast-key=" + secret + " x"},
                                                                {"--broadcast-key", "x", secret},
                                                                {"--brodcast-key=" + secret},
                                                                {"--broadcast-key:" + secret},
                                                                {"--brodcast-key", secret},
                                                                {"--redis-url=rediss://:" + secret + "@host:0"},
                                                                {"--redis-url=redis://:" + secret + "@host:0"},
                                                                {"--redis-url=" + secret},
                                                                {"--redis-url=redis://h?password=" + secret},
                                                                {"--http-rpc-secret=" + secret + " x"},
                                                                {"--jwt-secret=" + secret + " x"},
                                                                {"--streams-secret=" + secret + "\n"},
                                                                {"--turbo-streams-secret=" + secret + "\n"},
                                                                {"--cable-ready-secret=" + secret + "\n"},
                                                                {"--rpc-host=http://u:" + secret + "@app"},
                                                                {"-s" + secret}}) {
    auto sentence = mistake(args);
    CAF_CHECK_NOT_EQUAL(sentence, "");
    CAF_CHECK_EQUAL(sentence.find(secret), std::string::npos);
  }
  for (const auto* text :
       {"hunter2", "hunter2=", "hunter2==", "secret hunter2", "secret = hunter2", "secret = \"hunter2",
        "secret = \"a\" hunter2", "secret = \"hunter2\\n\"", "secret = [\"hunter2\"]", "= hunter2", "\"hunter2\"",
        "broadcast_key = \"hunter2 \"", "redis_url = \"redis://u:hunter2@h:x\""}) {
    auto sentence = mistake_in(text);
    CAF_CHECK_NOT_EQUAL(sentence, "");
    CAF_CHECK_EQUAL(sentence.find(secret), std::string::npos);
  }
}

CAF_TEST(a variable that is like one of the daemon is told) {
  const std::vector<std::string> names{"ABILITY_SECRETT", "ABILITY_SECRET", "ABILITY_LAST_SEEN_AT", "SECRETT", "PORT"};
  const auto told = ability::unknown_variables(names);
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told.front(), "ABILITY_SECRETT (did you mean ABILITY_SECRET?)");
}

CAF_TEST(a variable for what is only an argument is told) {
  const std::vector<std::string> names{"ABILITY_CONFIG_PATH", "ANYCABLE_CONFIG_PATH", "ABILITY_CONFIG_PAHT",
                                       "ABILITY_IGNORE_CONFIG_PATH"};
  CAF_CHECK_EQUAL(ability::unknown_variables(names),
                  (std::vector<std::string>{"ABILITY_CONFIG_PAHT (did you mean ABILITY_CONFIG_PATH?)",
                                            "ABILITY_IGNORE_CONFIG_PATH (only an argument: --ignore-config-path)"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
