// abilityd.toml: the choice of the file, and its permitted content.
// Labels: hardened
#define CAF_SUITE config_file

#include <ctime>

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using texts = std::vector<std::string>;

CAF_TEST_FIXTURE_SCOPE(config_file_tests, options_fixture)

CAF_TEST(no file is needed) { CAF_CHECK_EQUAL(good({}).server.port, 8080u); }

CAF_TEST(the usual file is read unless told otherwise) {
  write("port = 1\n");
  std::ofstream{folder / "other.toml"} << "port = 2\n";
  CAF_CHECK_EQUAL(good({}).server.port, 1u);
  CAF_CHECK_EQUAL(good({"--config-path", (folder / "other.toml").string()}).server.port, 2u);
  CAF_CHECK_EQUAL(good({"--ignore-config-path"}).server.port, 8080u);
  CAF_CHECK_EQUAL(mistake({"--ignore-config-path", "--config-path=x"}),
                  "--config-path and --ignore-config-path cannot both be given.");
}

CAF_TEST(a variable names the file unless the command line says otherwise) {
  write("port = 1\n");
  const auto other = (folder / "other.toml").string();
  std::ofstream{other} << "port = 2\n";
  for (const auto* variable : {"ABILITY_CONFIG_PATH", "ANYCABLE_CONFIG_PATH"}) {
    CAF_CHECK_EQUAL(parse({}, {{variable, other}}).file, other);
    CAF_CHECK_EQUAL(good({}, {{variable, other}}).server.port, 2u);
    CAF_CHECK_EQUAL(good({"--config-path", file()}, {{variable, other}}).server.port, 1u);
    CAF_CHECK_EQUAL(good({"--ignore-config-path"}, {{variable, other}}).server.port, 8080u);
    CAF_CHECK_EQUAL(good({}, {{variable, ""}}).server.port, 1u);
    CAF_CHECK_EQUAL(mistake({}, {{variable, "/no/such"}}),
                    R"(the file of settings "/no/such" of )" + std::string{variable} + " does not exist.");
  }
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_CONFIG_PATH", other}, {"ANYCABLE_CONFIG_PATH", file()}}).server.port, 2u);
}

CAF_TEST(the usual files are in the working folder and in etc) {
  auto files = ability::default_config_files();
  CAF_REQUIRE_EQUAL(files.size(), 4u);
  CAF_CHECK_EQUAL(files[0].string(), "./abilityd.toml");
  CAF_CHECK_EQUAL(files[1].string(), "/etc/ability/abilityd.toml");
  CAF_CHECK_EQUAL(files[2].string(), "./anycable.toml");
  CAF_CHECK_EQUAL(files[3].string(), "/etc/anycable/anycable.toml");
}

CAF_TEST(a file that cannot be read is an error) {
  CAF_CHECK_EQUAL(mistake({"--config-path=/no/such"}), R"(the file of settings "/no/such" does not exist.)");
  CAF_CHECK_EQUAL(mistake({"--config-path="}), R"(the file of settings "" does not exist.)");
  CAF_CHECK_EQUAL(mistake({"--config-path", folder.string()}),
                  "the file of settings \"" + folder.string() + "\" is a directory.");
  CAF_CHECK_EQUAL(mistake({"--config-path=/dev/zero"}), R"(the file of settings "/dev/zero" is larger than 1 MiB.)");
  // Unreadable for root as well, whom no permission stops.
  CAF_CHECK_EQUAL(mistake({"--config-path=/proc/self/mem"}),
                  R"(the file of settings "/proc/self/mem" cannot be read.)");
}

CAF_TEST(an empty file and one of comments change nothing) {
  for (const auto* text : {"", "\n", "# port = 1", "  # a\n\t\n#", "\xEF\xBB\xBF"}) {
    write(text);
    CAF_CHECK_EQUAL(good({}).server.port, 8080u);
  }
}

CAF_TEST(strings may hold what elsewhere has a meaning) {
  write(R"(secret = "a # b = \"c\" \\ [d], e" # comment
broadcast_key = 'a"#\n'
host="h"#c
)");
  auto o = good({});
  CAF_CHECK_EQUAL(o.secret, R"(a # b = "c" \ [d], e)");
  CAF_CHECK_EQUAL(o.edge.broadcast_key, R"(a"#\n)");
  CAF_CHECK_EQUAL(o.server.host, "h");
}

CAF_TEST(numbers may have underscores and lines may end as on Windows) {
  write("\xEF\xBB\xBFmax_message_size = 1_000\r\n\r\npublic = true # x\r\nhandshake_timeout = \"250ms\"");
  auto o = good({});
  CAF_CHECK_EQUAL(o.edge.max_message_size, 1'000u);
  CAF_CHECK(o.public_access);
  CAF_CHECK_EQUAL(o.edge.handshake_timeout.count(), 250);
}

CAF_TEST(arrays may span lines) {
  write("path = [ # the paths\n  \"/a\",\n\n  '/b/*', # last\n]\nport = 1\n");
  auto o = good({});
  CAF_CHECK_EQUAL(o.edge.cable_paths, (texts{"/a", "/b/*"}));
  CAF_CHECK_EQUAL(o.server.port, 1u);
  write("allowed_origins = []\npath = \"/a,/b\"");
  CAF_CHECK_EQUAL(good({}).edge.cable_paths, (texts{"/a", "/b"}));
}

CAF_TEST(a section and its keys name an option together) {
  write("[cluster]\nlisten = '127.0.0.1:1'\njoin = ['a:1', 'b:2']\n\n[max]\nmessage_size = 7\npending.size = 1_024\n");
  const auto o = good({"--cluster-secret=s"});
  CAF_CHECK_EQUAL(o.cluster_listen, "127.0.0.1:1");
  CAF_CHECK_EQUAL(o.node.cluster.join, (texts{"a:1", "b:2"}));
  CAF_CHECK_EQUAL(o.edge.max_message_size, 7u);
  CAF_CHECK_EQUAL(o.edge.max_pending_size, 1'024u);
  write("redis.tls.ca_cert_path = '/a'\n[redis.tls]\nverify = false\n");
  CAF_CHECK_NOT_EQUAL(mistake({}), "");  // TOML: a table belongs in one place
  write("redis.tls.ca_cert_path = '/a'\nredis.tls.verify = false\nport = 1\n");
  CAF_CHECK_EQUAL(good({}).redis.tls.ca_file, "/a");
  CAF_CHECK(!good({}).redis.tls.verify);
  write("[redis.tls]\nverify = false\n[redis]\nchannel = 'a'\n[ping]\ninterval = 7");
  CAF_CHECK_EQUAL(good({}).redis.channel, "a");
  CAF_CHECK(!good({}).redis.tls.verify);
  CAF_CHECK_EQUAL(good({}).edge.ping_interval.count(), 7'000);
  CAF_CHECK_EQUAL(mistake_in("[cluster]\nlissen = 'a:1'"),
                  R"(FILE line 2, column 1: "cluster.lissen" is no key (did you mean cluster_listen?).)");
  CAF_CHECK_EQUAL(mistake_in("max_conn = 1\n[max]\nconn = 2"),
                  "FILE line 3, column 1: max.conn is given again, after line 1.");
  CAF_CHECK_EQUAL(mistake_in("[max]\nconn = -1"),
                  R"(max.conn (FILE line 2, column 1) is "-1", but must be a whole number from 0 to 100000000.)");
}

CAF_TEST(all strings and numbers of TOML are read) {
  write(R"(host = "\u0061\U00000062"
secret = '''a"b'''
broadcast_key = """\
    k\
  """
'port' = 0x50
"max_conn" = 0b11
max_message_size = 0o17
lanes = +2)");
  const auto o = good({});
  CAF_CHECK_EQUAL(o.server.host, "ab");
  CAF_CHECK_EQUAL(o.secret, "a\"b");
  CAF_CHECK_EQUAL(o.edge.broadcast_key, "k");
  CAF_CHECK_EQUAL(o.server.port, 80);
  CAF_CHECK_EQUAL(o.edge.max_connections, 3u);
  CAF_CHECK_EQUAL(o.edge.max_message_size, 15u);
  CAF_CHECK_EQUAL(o.server.lanes, 2u);
  for (const auto* text : {"é", "\u0499", "ᚁ", "‐", "⁰", "。", "𐀀", "😀"}) {
    write(std::string{"secret = \"\"\"\\\n  "} + text + "\"\"\" # " + text);
    CAF_CHECK_EQUAL(good({}).secret, text);
  }
  CAF_CHECK_EQUAL(mistake_in("secret = \"a\\nb\""),
                  "secret (FILE line 1, column 1) (its value is not shown) must be a text without control characters.");
  CAF_CHECK_EQUAL(mistake_in("secret = '''\na\nb'''").find("a\nb"), std::string::npos);
}

CAF_TEST(an unknown key is an error with its line) {
  CAF_CHECK_EQUAL(mistake_in("port = 1\n\n# c\nprot = 2\n"),
                  R"(FILE line 4, column 1: "prot" is no key (did you mean port?).)");
  CAF_CHECK_EQUAL(mistake_in("path = [\n'/a',\n'/b']\n  gnats_waiters = 'a'\n"),
                  R"(FILE line 4, column 3: "gnats_waiters" is no key.)");
  CAF_CHECK_EQUAL(mistake_in("max-conn = 2\n"),
                  R"(FILE line 1, column 1: "max-conn" is no key (did you mean max_conn?).)");
  CAF_CHECK_EQUAL(mistake_in("config_path = 'x'\n"), R"(FILE line 1, column 1: "config_path" is no key.)");
  CAF_CHECK_EQUAL(mistake_in("\"a\\u001b[2Jaaaaaa\" = 1\n"), R"(FILE line 1, column 1: "a?[2Jaaaaaa" is no key.)");
}

CAF_TEST(a key given twice is an error) {
  CAF_CHECK_EQUAL(mistake_in("port = 1\nhost = 'a'\nport = 1\n"),
                  "FILE line 3, column 8, at port: a key or section is given again.");
  CAF_CHECK_EQUAL(mistake_in("close_timeout = 1\nws_write_timeout = 2\n"),
                  "FILE line 2, column 1: ws_write_timeout is given again, after line 1.");
  CAF_CHECK_EQUAL(mistake_in("[server]\nport = 1\n[server]\nhost = 'a'\n"),
                  "FILE line 3, column 1: a key or section is given again.");
}

CAF_TEST(what is no TOML file is an error with its line and column) {
  constexpr auto begin = "a line that is no comment begins with a key, like port = 8080.";
  constexpr auto quotes = "a value that is no number, true or false needs quotes.";
  constexpr auto open = "a text lacks its closing quote, or has a control character.";
  constexpr auto ascii = "a character that is not ASCII needs quotes around it, \" or '.";
  constexpr auto escape = R"(a text has an escape that TOML does not know; '...' takes a \ as it is.)";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"\n[[server]]\nport = 1\n",
       "line 2, column 3: a section is a name in single brackets, like [server], and no array of tables."},
      {"port\n", "line 1, column 5: a key lacks the = and the value behind it."},
      {"port", "line 1, column 5: a key lacks its = or its value."},
      {"port =", "line 1, column 7, at port: a key lacks its = or its value."},
      {"port =\nhost = 'a'", "line 1, column 7, at port: a key lacks its value."},
      {std::string(65, 'a') + " = 1", "line 1, column 1: a key is longer than 64 characters."},
      {"port. = 1", std::string{"line 1, column 7: "} + begin},
      {"= 1", std::string{"line 1, column 1: "} + begin},
      {"host = localhost", std::string{"line 1, column 8, at host: "} + quotes},
      {"path = /cable", std::string{"line 1, column 8, at path: "} + quotes},
      {"host = True", std::string{"line 1, column 8, at host: "} + quotes},
      {"host = 1/2", std::string{"line 1, column 9, at host: "} + quotes},
      {"a = b", std::string{"line 1, column 5: "} + quotes},
      {"port = 1 2", "line 1, column 10, at port: something follows a value."},
      {"host = 'a' 'b'", "line 1, column 12, at host: something follows a value."},
      {"a = 1\nhost = \"x\ny\"", std::string{"line 2, column 10, at host: "} + open},
      {"host = 'x", std::string{"line 1, column 10, at host: "} + open},
      {"host = \"\\", std::string{"line 1, column 10, at host: "} + open},
      {"[server]\nhost = 'x\x01'", std::string{"line 2, column 10, at server.host: "} + open},
      {"host = \"\\y\"", std::string{"line 1, column 10, at host: "} + escape},
      {"host = \"\\u00g\"", std::string{"line 1, column 13, at host: "} + escape},
      {"port = 99999999999999999999", "line 1, column 28, at port: a number is too large."},
      {"secret = 0123", "line 1, column 14, at secret: a number begins with 0; if it is a text, it needs quotes."},
      {"host = {a = 1}", R"(line 1, column 9: "host.a" is no key (did you mean host?).)"},
      {std::string("po\0rt = 1", 9), "line 1, column 3: a key lacks the = and the value behind it."},
      {"# \x01", "line 1, column 3: a comment has a control character."},
      {"\xff\xfe", std::string{"line 1, column 1: "} + ascii},
      {"secret = 'é'\nhost = “a”", std::string{"line 2, column 8: "} + ascii},
      {"é = 1", std::string{"line 1, column 1: "} + ascii},
      {"host = '\xc3\x28'", "line 1, column 8, at host: the text is not UTF-8."},
  };
  for (const auto& [text, sentence] : wrong)
    CAF_CHECK_EQUAL(mistake_in(text), "FILE " + sentence);
}

CAF_TEST(no mistake shows a part of a value) {
  for (const auto* text :
       {"secret = tresor", "secret = truetresor", "secret = 'tresor", "secret = \"\\tresor\"", "secret = tresor # x",
        "secret = ['tresor', tresor]", "secret = ['tresor']", "secret = {tresor}", "secret = {'tresor'}",
        "secret = 0xtresor", "secret = 12:tresor", "tresor", "tresor==", "-----BEGIN tresor-----\ntresor=="})
    CAF_CHECK_EQUAL(mistake_in(text).find("tres"), std::string::npos);
  CAF_CHECK_EQUAL(mistake_in("secret = 98765432109876543210").find("98"), std::string::npos);
}

CAF_TEST(an inline table stands for the keys in it) {
  write("[server]\nssl = {cert_path='/a', key_path = \"/b\"}\n");
  CAF_CHECK_EQUAL(good({}).server.ssl_cert, "/a");
  CAF_CHECK_EQUAL(good({}).server.ssl_key, "/b");
  write("ws = { paths = [\n'/a',\n'/b'] }\nserver = {\tport=1\t}");
  CAF_CHECK_EQUAL(good({}).edge.cable_paths.size(), 2u);
  CAF_CHECK_EQUAL(good({}).server.port, 1);
  constexpr auto braces = "a table in braces lacks a , or its }, which belongs on the same line.";
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1, port = 2}"),
                  "FILE line 1, column 28: a key or section is given again.");
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1}\n[server]\nport = 2"),
                  "FILE line 2, column 1: a key or section is given again.");
  CAF_CHECK_EQUAL(mistake_in("server = {prt = 1}"), "FILE line 1, column 11: \"server.prt\" is no key.");
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1"), std::string{"FILE line 1, column 19: "} + braces);
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1 host = 'a'}"), std::string{"FILE line 1, column 20: "} + braces);
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1} 2"), "FILE line 1, column 21: something follows a value.");
  for (const auto* text : {"server = {", "server = {\nport = 1}", "server = {port = 1,}", "server = {port}",
                           "server = {,}", "server = {port = }", "path = [{a = 1}]"})
    CAF_CHECK_NOT_EQUAL(mistake_in(text), "");
}

CAF_TEST(an empty table is a section of known keys or a mistake) {
  for (const auto* text : {"[cluster]", "[redis.tls]", "[public]", "[server]", "[metrics.statsd]", "[metrics.tags]",
                           "[sse]", "[ws]", "ws = {}"}) {
    write(text);
    CAF_CHECK(parse({}).run.has_value());
  }
  CAF_CHECK_EQUAL(mistake_in("port = {}"),
                  "port (FILE line 1, column 1) is a table, but must be a whole number from 0 to 65535.");
  CAF_CHECK_EQUAL(mistake_in("\n[port]"),
                  "port (FILE line 2, column 2) is a table, but must be a whole number from 0 to 65535.");
  CAF_CHECK_EQUAL(mistake_in("public = {}"), "public (FILE line 1, column 1) is a table, but must be true or false.");
  CAF_CHECK_EQUAL(mistake_in("[jwt]\nsecret = {}"),
                  "jwt.secret (FILE line 2, column 1) is a table, but must be visible ASCII characters without spaces, "
                  "in quotes.");
  CAF_CHECK_EQUAL(mistake_in("jwt_id_key = {}"),
                  "jwt_id_key (FILE line 1, column 1) is a table, and no option takes that.");
  CAF_CHECK_EQUAL(mistake_in("[nosuch]"), R"(FILE line 1, column 2: "nosuch" is no key (did you mean noauth?).)");
  CAF_CHECK_EQUAL(mistake_in("[cluster.nosuch]"), R"(FILE line 1, column 10: "cluster.nosuch" is no key.)");
}

CAF_TEST(a section under the name of a key with a value is an error with a remedy) {
  const std::string remedy =
      "a section has the name of a key with a value; write its keys whole and above all sections, like "
      "public_streams.";
  CAF_CHECK_EQUAL(mistake_in("public = true\n[public]\nstreams = true"), "FILE line 2, column 1: " + remedy);
  CAF_CHECK_EQUAL(mistake_in("public = true\npublic.streams = true"),
                  "FILE line 2, column 1, at public.streams: " + remedy);
  CAF_CHECK_EQUAL(mistake_in("[jwt]\njwks = 'a'\n[jwt.jwks]\nrefresh = 1"), "FILE line 3, column 1: " + remedy);
}

CAF_TEST(a file of quotes is read in linear time) {
  for (const char quote : {'"', '\''}) {
    const auto from = std::clock();
    CAF_CHECK_NOT_EQUAL(mistake_in(std::string(1'000'000, quote)), "");
    CAF_CHECK_LESS(static_cast<double>(std::clock() - from) / CLOCKS_PER_SEC, 5.0);
  }
}

CAF_TEST(deep nesting and endless keys are errors) {
  const auto times = [](std::string_view part) {
    std::string text;
    for (auto i = 0; i < 100'000; ++i)
      text += part;
    return text;
  };
  const auto dots_at = [](int line, int column) {
    return "FILE line " + std::to_string(line) + ", column " + std::to_string(column) +
           ": a key has more than 64 dots.";
  };
  CAF_CHECK_EQUAL(mistake_in("a = " + times("{a = ")),
                  "FILE line 1, column 85: arrays or tables stand in each other too often.");
  CAF_CHECK_EQUAL(mistake_in("path = " + times("[")),
                  "FILE line 1, column 24, at path: arrays or tables stand in each other too often.");
  CAF_CHECK_EQUAL(mistake_in("#\n" + times("a.") + "a = 1"), dots_at(2, 130));
  CAF_CHECK_EQUAL(mistake_in(times("'é' . ") + "a = 1"), dots_at(1, 389));
  CAF_CHECK_EQUAL(mistake_in("[" + times("a.") + "a]"), dots_at(1, 131));
  // A quote in a string of another kind, or before its end, hides no key.
  CAF_CHECK_EQUAL(mistake_in("a = '\"'\n" + times("a.") + "= 1"), dots_at(2, 130));
  CAF_CHECK_EQUAL(mistake_in("a = \"\"\"\n'\"\"\"\"\n" + times("a.") + "= 1"), dots_at(3, 130));
  CAF_CHECK_EQUAL(mistake_in("a = \"\\\"\" # '\n" + times("a.") + "= 1"), dots_at(2, 130));
  CAF_CHECK_EQUAL(mistake_in("a = {b = '', " + times("a.") + "= 1}"), dots_at(1, 143));
  write("secret = '" + times(".") + "'\nhost = \"\"\"\\\n" + std::string(100, ' ') + "a\"\"\" # " + times("."));
  CAF_CHECK_EQUAL(good({}).secret.size(), 100'000u);
  CAF_CHECK_EQUAL(good({}).server.host, "a");
}

CAF_TEST(an array must be whole and at its place) {
  constexpr auto bracket = "an array lacks a , or its ].";
  CAF_CHECK_EQUAL(mistake_in("\npath = [\n'/a',\n"), std::string{"FILE line 3, column 7: "} + bracket);
  CAF_CHECK_EQUAL(mistake_in("path = ['/a'\n'/b']"), std::string{"FILE line 2, column 1: "} + bracket);
  CAF_CHECK_EQUAL(mistake_in("path = [,]"), std::string{"FILE line 1, column 9, at path: "} + bracket);
  CAF_CHECK_EQUAL(mistake_in("path = [['/a']]"),
                  "path (FILE line 1, column 1) is an array in an array, but must be paths with commas between them, "
                  "each beginning with /, * only at an end, {name} for a segment, in quotes.");
  CAF_CHECK_EQUAL(mistake_in("port = [1]"),
                  "port (FILE line 1, column 1) is an array, but must be a whole number from 0 to 65535.");
  CAF_CHECK_NOT_EQUAL(mistake_in("path = []"), "");
}

CAF_TEST(a value of the wrong type is an error) {
  CAF_CHECK_EQUAL(mistake_in("port = true"),
                  R"(port (FILE line 1, column 1) is "true", but must be a whole number from 0 to 65535.)");
  CAF_CHECK_EQUAL(mistake_in("public = 2"), R"(public (FILE line 1, column 1) is "2", but must be true or false.)");
  CAF_CHECK_EQUAL(
      mistake_in("path = 1"),
      R"(path (FILE line 1, column 1) is "1", but must be paths with commas between them, each beginning with /, )"
      "* only at an end, {name} for a segment.");
  CAF_CHECK_EQUAL(
      mistake_in("port = 1.0"),
      "port (FILE line 1, column 1) is a number with a fraction, but must be a whole number from 0 to 65535.");
  CAF_CHECK_EQUAL(mistake_in("ssl_cert = 2026-11-30"),
                  "ssl_cert (FILE line 1, column 1) is a date, but must be the path of a file, in quotes.");
  CAF_CHECK_EQUAL(mistake_in("public = 07:32:00"),
                  "public (FILE line 1, column 1) is a time, but must be true or false.");
  CAF_CHECK_EQUAL(mistake_in("jwt_secret = ['a', 2026-11-30T07:32:00Z]"),
                  "jwt_secret (FILE line 1, column 1) is a date and time, but must be visible ASCII characters "
                  "without spaces, in quotes.");
  CAF_CHECK_EQUAL(mistake_in("path = ['/a', {b = 1}]"),
                  "path (FILE line 1, column 1) is a table in an array, but must be paths with commas between them, "
                  "each beginning with /, * only at an end, {name} for a segment, in quotes.");
}

CAF_TEST(any beginning of a file is read or refused) {
  const std::string text = "path = [ '/a', \"/b\\\\\" ] # c\nport = 1\r\nsecret = \"\\\"\"\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    write(text.substr(0, size));
    auto result = parse({});
    CAF_CHECK(result.run.has_value() || result.exit_code == 2);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
