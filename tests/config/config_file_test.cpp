// abilityd.toml: the choice of the file, and its permitted content.
// Labels: hardened
#define CAF_SUITE config_file

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using texts = std::vector<std::string>;

CAF_TEST_FIXTURE_SCOPE(config_file_tests, options_fixture)

CAF_TEST(no file is needed) { CAF_CHECK_EQUAL(good({}).port, 8080u); }

CAF_TEST(the usual file is read unless told otherwise) {
  write("port = 1\n");
  std::ofstream{folder / "other.toml"} << "port = 2\n";
  CAF_CHECK_EQUAL(good({}).port, 1u);
  CAF_CHECK_EQUAL(good({"--config-path", (folder / "other.toml").string()}).port, 2u);
  CAF_CHECK_EQUAL(good({"--ignore-config-path"}).port, 8080u);
  CAF_CHECK_EQUAL(mistake({"--ignore-config-path", "--config-path=x"}),
                  "--config-path and --ignore-config-path cannot both be given.");
}

CAF_TEST(a variable names the file unless the command line says otherwise) {
  write("port = 1\n");
  const auto other = (folder / "other.toml").string();
  std::ofstream{other} << "port = 2\n";
  for (const auto* variable : {"ABILITY_CONFIG_PATH", "ANYCABLE_CONFIG_PATH"}) {
    CAF_CHECK_EQUAL(parse({}, {{variable, other}}).file, other);
    CAF_CHECK_EQUAL(good({}, {{variable, other}}).port, 2u);
    CAF_CHECK_EQUAL(good({"--config-path", file()}, {{variable, other}}).port, 1u);
    CAF_CHECK_EQUAL(good({"--ignore-config-path"}, {{variable, other}}).port, 8080u);
    CAF_CHECK_EQUAL(good({}, {{variable, ""}}).port, 1u);
    CAF_CHECK_EQUAL(mistake({}, {{variable, "/no/such"}}),
                    R"(the file of settings "/no/such" of )" + std::string{variable} + " does not exist.");
  }
  CAF_CHECK_EQUAL(good({}, {{"ABILITY_CONFIG_PATH", other}, {"ANYCABLE_CONFIG_PATH", file()}}).port, 2u);
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
    CAF_CHECK_EQUAL(good({}).port, 8080u);
  }
}

CAF_TEST(strings may hold what elsewhere has a meaning) {
  write(R"(secret = "a # b = \"c\" \\ [d], e" # comment
broadcast_key = 'a"#\n'
host="h"#c
)");
  auto o = good({});
  CAF_CHECK_EQUAL(o.secret, R"(a # b = "c" \ [d], e)");
  CAF_CHECK_EQUAL(o.broadcast_key, R"(a"#\n)");
  CAF_CHECK_EQUAL(o.host, "h");
}

CAF_TEST(numbers may have underscores and lines may end as on Windows) {
  write("\xEF\xBB\xBFmax_message_size = 1_000\r\n\r\npublic = true # x\r\nhandshake_timeout = \"250ms\"");
  auto o = good({});
  CAF_CHECK_EQUAL(o.max_message_size, 1'000u);
  CAF_CHECK(o.public_access);
  CAF_CHECK_EQUAL(o.handshake_timeout.count(), 250);
}

CAF_TEST(arrays may span lines) {
  write("path = [ # the paths\n  \"/a\",\n\n  '/b/*', # last\n]\nport = 1\n");
  auto o = good({});
  CAF_CHECK_EQUAL(o.path, (texts{"/a", "/b/*"}));
  CAF_CHECK_EQUAL(o.port, 1u);
  write("allowed_origins = []\npath = \"/a,/b\"");
  CAF_CHECK_EQUAL(good({}).path, (texts{"/a", "/b"}));
}

CAF_TEST(an unknown key is an error with its line) {
  CAF_CHECK_EQUAL(mistake_in("port = 1\n\n# c\nprot = 2\n"), R"(FILE line 4: "prot" is no key (did you mean port?).)");
  CAF_CHECK_EQUAL(mistake_in("path = [\n'/a',\n'/b']\ngnats_waiters = 'a'\n"),
                  R"(FILE line 4: "gnats_waiters" is no key.)");
  CAF_CHECK_EQUAL(mistake_in("max-conn = 2\n"), R"(FILE line 1: "max-conn" is no key (did you mean max_conn?).)");
  CAF_CHECK_EQUAL(mistake_in("config_path = 'x'\n"), R"(FILE line 1: "config_path" is no key.)");
}

CAF_TEST(a key given twice is an error) {
  CAF_CHECK_EQUAL(mistake_in("port = 1\nhost = 'a'\nport = 1\n"), "FILE line 3: port is given again, after line 1.");
  CAF_CHECK_EQUAL(mistake_in("close_timeout = 1\nws_write_timeout = 2\n"),
                  "FILE line 2: ws_write_timeout is given again, after line 1.");
}

CAF_TEST(what is not a flat TOML file is an error with its line) {
  CAF_CHECK_EQUAL(mistake_in("\n[[server]]\nport = 1\n"),
                  "FILE line 2: a line that is no comment begins with a key, like port = 8080.");
  CAF_CHECK_EQUAL(mistake_in("port\n"), "FILE line 1: a key lacks the = and the value behind it.");
  CAF_CHECK_EQUAL(mistake_in("port =\nhost = 'a'"), "FILE line 1: a key lacks its value.");
  CAF_CHECK_EQUAL(mistake_in(std::string(65, 'a') + " = 1"), "FILE line 1: a key is longer than 64 characters.");
  CAF_CHECK_EQUAL(mistake_in("port. = 1"),
                  "FILE line 1: a line that is no comment begins with a key, like port = 8080.");
  CAF_CHECK_EQUAL(mistake_in("= 1"), "FILE line 1: a line that is no comment begins with a key, like port = 8080.");
  CAF_CHECK_EQUAL(mistake_in("host = localhost"), "FILE line 1: the value of host needs quotes.");
  CAF_CHECK_EQUAL(mistake_in("path = /cable"), "FILE line 1: the value of path needs quotes.");
  CAF_CHECK_EQUAL(mistake_in("host = True"), "FILE line 1: the value of host needs quotes.");
  CAF_CHECK_EQUAL(mistake_in("host = 1/2"), "FILE line 1: the value of host needs quotes.");
  CAF_CHECK_EQUAL(mistake_in("port = 1 2"), "FILE line 1: something follows the value of port.");
  CAF_CHECK_EQUAL(mistake_in("host = 'a' 'b'"), "FILE line 1: something follows the value of host.");
  CAF_CHECK_EQUAL(mistake_in("a = 1\nhost = \"x\ny\""), "FILE line 2: the value of host lacks its closing quote.");
  CAF_CHECK_EQUAL(mistake_in("host = 'x"), "FILE line 1: the value of host lacks its closing quote.");
  CAF_CHECK_NOT_EQUAL(mistake_in("host = \"\"\"a\"\"\""), "");
  CAF_CHECK_NOT_EQUAL(mistake_in("host = \"\\u0041\""), "");
  CAF_CHECK_NOT_EQUAL(mistake_in("host = \"\\"), "");
  CAF_CHECK_NOT_EQUAL(mistake_in("host = {a = 1}"), "");
  CAF_CHECK_NOT_EQUAL(mistake_in(std::string("po\0rt = 1", 9)), "");
  CAF_CHECK_NOT_EQUAL(mistake_in("\xff\xfe"), "");
}

CAF_TEST(an inline table stands for the keys in it) {
  write("[server]\nssl = {cert_path='/a', key_path = \"/b\"}\n");
  CAF_CHECK_EQUAL(good({}).ssl_cert, "/a");
  CAF_CHECK_EQUAL(good({}).ssl_key, "/b");
  write("ws = { paths = [\n'/a',\n'/b'] }\nserver = {\tport=1\t}");
  CAF_CHECK_EQUAL(good({}).path.size(), 2u);
  CAF_CHECK_EQUAL(good({}).port, 1);
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1, port = 2}"),
                  "FILE line 1: server.port is given again, after line 1.");
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1}\n[server]\nport = 2"),
                  "FILE line 3: server.port is given again, after line 1.");
  CAF_CHECK_EQUAL(mistake_in("server = {prt = 1}"), "FILE line 1: \"server.prt\" is no key.");
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1"), "FILE line 1: the table of server lacks a , or }.");
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1 host = 'a'}"), "FILE line 1: the table of server lacks a , or }.");
  CAF_CHECK_EQUAL(mistake_in("server = {port = 1} 2"), "FILE line 1: something follows the value of server.");
  for (const auto* text : {"server = {", "server = {\nport = 1}", "server = {port = 1,}", "server = {port}",
                           "server = {,}", "server = {port = }", "path = [{a = 1}]"})
    CAF_CHECK_NOT_EQUAL(mistake_in(text), "");
  std::string deep = "a = ";
  for (auto i = 0; i < 100'000; ++i)
    deep += "{a = ";
  CAF_CHECK_EQUAL(mistake_in(deep), "FILE line 1: tables stand in each other too often.");
}

CAF_TEST(an array must be whole and at its place) {
  CAF_CHECK_EQUAL(mistake_in("\npath = [\n'/a',\n"), "FILE line 2: the array of path lacks its ].");
  CAF_CHECK_EQUAL(mistake_in("path = ['/a'\n'/b']"), "FILE line 2: the array of path lacks a , or ].");
  CAF_CHECK_EQUAL(mistake_in("path = [,]"), "FILE line 1: the value of path needs quotes.");
  CAF_CHECK_EQUAL(mistake_in("path = [['/a']]"), "FILE line 1: the value of path needs quotes.");
  CAF_CHECK_EQUAL(mistake_in("port = [1]"),
                  "port (FILE line 1) is an array, but must be a whole number from 0 to 65535.");
  CAF_CHECK_NOT_EQUAL(mistake_in("path = []"), "");
}

CAF_TEST(a value of the wrong type is an error) {
  CAF_CHECK_EQUAL(mistake_in("port = true"),
                  R"(port (FILE line 1) is "true", but must be a whole number from 0 to 65535.)");
  CAF_CHECK_EQUAL(mistake_in("public = 2"), R"(public (FILE line 1) is "2", but must be true or false.)");
  CAF_CHECK_EQUAL(mistake_in("path = 1"),
                  R"(path (FILE line 1) is "1", but must be paths with commas between them, each beginning with /, )"
                  "* only at an end, {name} for a segment.");
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
