#define CAF_SUITE publish_link

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/apps_load/publish_fixture.hpp"
#include "tests/net/app/fake_app_server.hpp"

using namespace ability::load;
using namespace ability::load::test;
using nlohmann::json;

CAF_TEST_FIXTURE_SCOPE(publish_link_tests, publish_fixture)

CAF_TEST(messages are posted with the key) {
  open(publish_by::http, {.broadcast_key = "k3y"});
  answer_http([](std::size_t) { return created; });
  const auto text = message(1);
  publish({{"a \"b\"", text}});
  publish({{"s", "1"}, {"t", "2"}});
  CAF_REQUIRE(settles(2));
  CAF_CHECK(settled[0].accepted);
  CAF_CHECK_EQUAL(server.all.size(), 1u);
  const auto& asked = there().received;
  CAF_CHECK(asked.starts_with("POST /_broadcast HTTP/1.1\r\nHost: " + server.authority() + "\r\n"));
  CAF_CHECK(asked.find("\r\nAuthorization: Bearer k3y\r\n") != std::string::npos);
  const auto first = json::parse(bodies()[0]);
  is(first["stream"], "a \"b\"");
  is(first["data"], text);
  const auto second = json::parse(bodies()[1]);
  CAF_CHECK_EQUAL(second.size(), 2u);
  is(second[1]["stream"], "t");
}

CAF_TEST(what is refused is told in order) {
  open(publish_by::http);
  answer_http([](std::size_t i) { return i < 2 ? created : i < 4 ? busy : created; });
  for (int i = 0; i < 5; ++i)
    publish(i);
  CAF_REQUIRE(settles(5));
  std::vector<bool> accepted;
  for (const auto& each : settled)
    accepted.insert(accepted.end(), each.batches, each.accepted);
  CAF_CHECK(accepted == (std::vector<bool>{true, true, false, false, true}));
  for (const auto& each : settled)
    is(each.why, each.accepted ? "" : "HTTP 503");
}

CAF_TEST(no more than some are on their way) {
  open(publish_by::http);
  for (int i = 0; i < 1'000; ++i)
    publish(i);
  CAF_REQUIRE(run_until([this] { return bodies().size() == 32; }));
  for (int i = 0; i < 50; ++i) {
    lane.io().restart();
    lane.io().run_one_for(std::chrono::milliseconds{1});
  }
  CAF_CHECK_EQUAL(bodies().size(), 32u);
  answer_http([](std::size_t) { return created; });
  server.on_bytes(there());
  CAF_CHECK(settles(1'000));
}

CAF_TEST(an answer without a length ends with its connection) {
  open(publish_by::http);
  answer_http([](std::size_t i) { return i == 1 ? std::string{"HTTP/1.1 200 OK\r\n\r\ndone"} : created; });
  publish(0);
  publish(1);
  publish(2);
  CAF_REQUIRE(run_until([this] { return bodies().size() == 3; }));
  run_until([this] { return count() == 1; });
  server.all.front()->close();
  CAF_REQUIRE(settles(3));
  for (const auto& each : settled)
    CAF_CHECK(each.accepted);
  CAF_CHECK_EQUAL(server.all.size(), 2u);
}

CAF_TEST(one that is cut short is no answer) {
  open(publish_by::http);
  publish(0);
  CAF_REQUIRE(run_until([this] { return bodies().size() == 1; }));
  there().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndone");
  there().close();
  CAF_REQUIRE(settles(1));
  is(settled[0].why, "connection closed");
}

CAF_TEST(answers come in pieces and chunks) {
  open(publish_by::http);
  publish(1);
  publish(2);
  CAF_REQUIRE(run_until([this] { return bodies().size() == 2; }));
  for (const char c :
       std::string{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n0\r\n\r\n"} +
           busy) {
    there().send({&c, 1});
    lane.io().restart();
    lane.io().poll();
  }
  CAF_REQUIRE(settles(2));
  CAF_CHECK(settled[0].accepted);
  is(settled[1].why, "HTTP 503");
}

CAF_TEST(a server that closes in good order loses nothing) {
  open(publish_by::http);
  server.on_bytes = [](auto& from) {
    if (from.received.find("\r\n\r\n") == std::string::npos)
      return;
    from.send("HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    from.close();
  };
  for (int i = 0; i < 5; ++i)
    publish(i);
  CAF_REQUIRE(settles(5));
  CAF_CHECK(settled[0].accepted);
  CAF_CHECK_EQUAL(server.all.size(), 5u);
}

CAF_TEST(a loss refuses what was sent and the next connects anew) {
  open(publish_by::http);
  publish(1);
  CAF_REQUIRE(run_until([this] { return bodies().size() == 1; }));
  there().reset();
  CAF_REQUIRE(settles(1));
  is(settled[0].why, "connection reset");
  answer_http([](std::size_t) { return created; });
  publish(2);
  CAF_REQUIRE(settles(2));
  CAF_CHECK(settled[1].accepted);
  there().close();  // while no publication is pending
  run_until([this] { return there().ended; });
  publish(3);
  CAF_REQUIRE(settles(3));
}

CAF_TEST(nobody there refuses all) {
  open(publish_by::http);
  server.stop();
  for (int i = 0; i < 100; ++i)
    publish(i);
  CAF_REQUIRE(settles(100));
  is(settled[0].why, "connection refused");
  publish(101);
  CAF_CHECK(settles(101));
}

CAF_TEST(answers that are none end it) {
  for (const std::string garbage :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\x15\x03\x01", "\r\n\r\n\r\n\r\n",
        "HTTP/1.1 201 Created\r\nContent-Length: 99999999999\r\n\r\n"}) {
    settled.clear();
    open(publish_by::http);
    server.on_bytes = [&](auto& from) {
      from.send(garbage);
      from.close();
    };
    publish(1);
    CAF_REQUIRE(settles(1));
    CAF_CHECK(!settled[0].accepted);
    CAF_CHECK(settled[0].why == "not an HTTP answer" || settled[0].why == "connection closed");
    link = nullptr;
  }
  settled.clear();
  open(publish_by::http);
  server.on_bytes = [](auto& from) { from.send("HTTP/1.1 201 Created\r\nx: " + std::string(1'000'000, 'x')); };
  publish(1);
  CAF_REQUIRE(settles(1));
  is(settled[0].why, "not an HTTP answer");
  link = nullptr;
  settled.clear();
  open(publish_by::http);
  server.on_bytes = [](auto& from) { from.send(created + created); };
  publish(1);
  CAF_REQUIRE(settles(1));
  CAF_CHECK(settled[0].accepted);
}

CAF_TEST(https is spoken to who can be trusted) {
  namespace ssl = boost::asio::ssl;
  const auto folder = std::filesystem::temp_directory_path() / ("ability_load_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto file = [&](const char* name) { return (folder / name).string(); };
  CAF_REQUIRE(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=load "
                           "-addext subjectAltName=IP:127.0.0.1 -days 2 -keyout " +
                           file("key") + " -out " + file("pem") + " 2>/dev/null")
                              .c_str()) == 0);
  ssl::context tls{ssl::context::tls_server};
  tls.use_certificate_chain_file(file("pem"));
  tls.use_private_key_file(file("key"), ssl::context::pem);
  ability::test::fake_app_server secure{lane.io(), &tls};
  secure.react = [](const auto&) { return ability::test::app_reaction{created}; };
  const auto url = "https://127.0.0.1:" + std::to_string(secure.port()) + "/x";
  reach_for({.http = {url}, .ca_file = file("pem")});
  link = net->open_publisher(publish_by::http, 0, settling());
  publish({{"s", std::string(300'000, '1')}});
  publish(2);
  CAF_REQUIRE(settles(2));
  CAF_CHECK(settled[0].accepted);
  CAF_CHECK_EQUAL(secure.requests.size(), 2u);
  link = nullptr;
  settled.clear();
  reach_for({.http = {url}});
  link = net->open_publisher(publish_by::http, 0, settling());
  publish(1);
  CAF_REQUIRE(settles(1));
  CAF_CHECK(settled[0].why.starts_with("TLS: the certificate is not trusted"));
  link = nullptr;
  settled.clear();
  reach_for({.http = {"https://" + server.authority()}});
  server.on_bytes = [](auto& from) { from.send(busy); };
  link = net->open_publisher(publish_by::http, 0, settling());
  publish(1);
  CAF_REQUIRE(settles(1));
  CAF_CHECK(settled[0].why.starts_with("TLS: "));
  std::filesystem::remove_all(folder);
}

CAF_TEST_FIXTURE_SCOPE_END()
