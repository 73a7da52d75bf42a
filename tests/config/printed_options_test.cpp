// --help, --version, --print-config and the sample file.
#define CAF_SUITE printed_options

#include <sstream>

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Number of code points, which equals the columns of all texts printed here.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(printed_options_tests, options_fixture)

CAF_TEST(version is one line) {
  auto result = parse({"--version"});
  CAF_CHECK(!result.run);
  CAF_CHECK_EQUAL(result.exit_code, 0);
  CAF_CHECK_EQUAL(result.out, "abilityd " ABILITY_VERSION "\n");
  CAF_CHECK_EQUAL(result.err, "");
}

CAF_TEST(help shows each option with default and range and environment and ends with examples) {
  auto help = parse({"--help"}).out;
  CAF_CHECK_EQUAL(parse({"-h"}).out, help);
  for (const auto* part :
       {"\nServer:\n", "\nClient connections:\n", "\nBroadcasts:\n", "\nRedis:\n", "\nLogs and metrics:\n",
        "  --port N ", "Default 8080; a whole number from 0 to 65535.",
        "[ABILITY_REDIS_URL, ANYCABLE_REDIS_URL, REDIS_URL]", "--ws-write-timeout", "\n  --config-path FILE",
        "\n  --ignore-config-path", "\n  --print-config", "\n  -v, --version", "\nExamples:\n"})
    CAF_CHECK(has(help, part));
  CAF_CHECK(!has(help, "print-options-table"));
}

CAF_TEST(help and the file fit into 110 columns without blanks at line ends) {
  for (const auto* flag : {"--help", "--print-config"}) {
    std::istringstream lines{parse({flag}).out};
    for (std::string line; std::getline(lines, line);) {
      CAF_CHECK_LESS_OR_EQUAL(columns(line), 110u);
      CAF_CHECK(line.empty() || line.back() != ' ');
    }
  }
}

CAF_TEST(help and version come whatever else is wrong) {
  CAF_CHECK_EQUAL(parse({"--help", "--nonsense", "x"}).exit_code, 0);
  CAF_CHECK_EQUAL(parse({"--port=x", "--version"}).exit_code, 0);
  write("nonsense\n");
  CAF_CHECK_EQUAL(parse({"--help"}).exit_code, 0);
}

CAF_TEST(the sample file is what print config prints) {
  std::ifstream in{ABILITY_SOURCE_DIR "/config/abilityd.toml", std::ios::binary};
  std::stringstream sample;
  sample << in.rdbuf();
  // Command to renew it: build/abilityd --ignore-config-path --print-config > config/abilityd.toml
  CAF_CHECK_EQUAL(sample.str(), parse({"--print-config"}).out);
}

CAF_TEST(a printed configuration reads back as itself) {
  const std::vector<std::string> args{"--host=::1",
                                      "--port=0",
                                      "--path=/a,/b/*",
                                      "--health-path=/h\"",
                                      "--allowed-origins=a.org,*.b.org:1",
                                      "--max-conn=5",
                                      "--public",
                                      "--auth-reject=http",
                                      "--shutdown-timeout=1500ms",
                                      "--ssl-cert=c \\ \"d\".pem",
                                      "--ssl-key=k.pem",
                                      "--lanes=2",
                                      "--ping-interval=0",
                                      "--handshake-timeout=1ms",
                                      "--http-idle-timeout=24h",
                                      "--max-message-size=1",
                                      "--max-pending-size=1024",
                                      "--max-pending-commands=1",
                                      "--close-timeout=90s",
                                      "--enable-ws-compression",
                                      "--broadcast-key=none",
                                      "--http-broadcast-path=/p",
                                      "--http-broadcast-port=1",
                                      "--max-broadcast-size=1",
                                      "--max-pending-broadcasts=1",
                                      "--redis-url=redis://h:1/2",
                                      "--redis-channel=c \xC3\xA4",
                                      "--log-format=json",
                                      "--debug",
                                      "--metrics-http=none"};
  auto with_print = args;
  with_print.push_back("--print-config");
  auto printed = parse(with_print).out;
  CAF_CHECK_NOT_EQUAL(printed, parse({"--print-config"}).out);
  write(printed);
  CAF_CHECK_EQUAL(parse({"--print-config"}).out, printed);
  auto o = good({});
  CAF_CHECK_EQUAL(o.server.ssl_cert, "c \\ \"d\".pem");
  CAF_CHECK_EQUAL(o.server.shutdown_timeout.count(), 1'500);
  CAF_CHECK_EQUAL(o.redis.channel, "c \xC3\xA4");
  CAF_CHECK_EQUAL(o.edge.broadcast_key, "none");
}

CAF_TEST(what is not UTF 8 is a comment as no file can hold it) {
  const auto result = parse({"--print-config", "--redis-channel=a\xFF", "--path=/a,/b"});
  CAF_CHECK(has(result.out, "\n# redis_channel = \"\"  # is set, and not shown: no file can hold what is not UTF-8\n"));
  write(result.out);
  CAF_CHECK_EQUAL(good({}).edge.cable_paths.size(), 2u);
}

CAF_TEST(secrets are printed as comments and never in clear) {
  auto result = parse({"--print-config", "--broadcast-key=hunter2"},
                      {{"ABILITY_SECRET", "hunter2"}, {"REDIS_URL", "redis://app:hunter2@host:6380/1"}});
  CAF_CHECK_EQUAL(result.exit_code, 0);
  CAF_CHECK(!has(result.out, "hunter2"));
  CAF_CHECK(has(result.out, "\n# secret = \"<hidden>\"  # is set, and not shown\n"));
  CAF_CHECK(has(result.out, "\n# broadcast_key = \"<hidden>\"  # is set, and not shown\n"));
  CAF_CHECK(has(result.out, "\n# redis_url = \"redis://<hidden>@host:6380/1\"  # is set, and not shown\n"));
  write(result.out);
  CAF_CHECK_EQUAL(good({}).secret, "");
}

CAF_TEST(a mistake is no configuration to print) {
  CAF_CHECK_EQUAL(parse({"--print-config", "--port=x"}).exit_code, 2);
  CAF_CHECK_EQUAL(parse({"--print-config", "--port=x"}).out, "");
}

CAF_TEST_FIXTURE_SCOPE_END()
