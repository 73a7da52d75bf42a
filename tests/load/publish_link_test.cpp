#define CAF_SUITE publish_link

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/load/network_fixture.hpp"
#include "tests/net/fake_app_server.hpp"

using namespace ability::load;
using ability::load::test::is;
using nlohmann::json;

namespace {

struct publish_fixture : test::network_fixture {
  std::unique_ptr<publish_link> link;

  void open(publish_by by, target where = {}) {
    if (by == publish_by::http)
      where.http = {"http://" + server.authority() + "/_broadcast"};
    else if (where.redis.empty())
      where.redis = "redis://" + server.authority();
    reach_for(where);
    link = net->open_publisher(by, 0, settling());
  }

  ~publish_fixture() { link = nullptr; }

  auto& there() { return *server.all.back(); }

  void publish(std::vector<load_message> batch) { link->publish(std::move(batch)); }
  void publish(int number) { publish({{"s", std::to_string(number)}}); }

  // How many batches are settled.
  std::size_t count() const {
    std::size_t all = 0;
    for (const auto& each : settled)
      all += each.batches;
    return all;
  }
  bool settles(std::size_t batches) {
    return run_until([this, batches] { return count() >= batches; }) && count() == batches;
  }

  // The bodies of all whole requests so far.
  std::vector<std::string> bodies() {
    std::vector<std::string> out;
    for (const auto& each : server.all) {
      std::string_view left = each->received;
      for (;;) {
        const auto head = left.find("\r\n\r\n");
        if (head == std::string_view::npos)
          break;
        const auto field = left.find("Content-Length: ");
        const auto size = std::strtoul(left.data() + field + 16, nullptr, 10);
        if (left.size() < head + 4 + size)
          break;
        out.emplace_back(left.substr(head + 4, size));
        left.remove_prefix(head + 4 + size);
      }
    }
    return out;
  }

  // Answers each request by `answer`, in turn with what went before.
  void answer_http(std::function<std::string(std::size_t)> answer) {
    server.on_bytes = [this, answer = std::move(answer), done = std::size_t{0}](auto& from) mutable {
      for (const auto all = bodies().size(); done < all; ++done)
        if (const auto text = answer(done); !text.empty())
          from.send(text);
    };
  }
};

const std::string created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
const std::string busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater";

}  // namespace

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
  there().close();  // while nobody waits
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

CAF_TEST(redis is logged in to and published to) {
  open(publish_by::redis, {.redis = "redis://me:pw@" + server.authority() + "/2", .redis_channel = "chan"});
  server.on_bytes = [](auto& from) {
    from.send(from.received.find("PUBLISH") == std::string::npos ? "+OK\r\n+OK\r\n" : ":1\r\n:0\r\n:3\r\n");
  };
  publish({{"s", "\"x\""}, {"t", "2"}});
  publish(3);
  CAF_REQUIRE(settles(2));
  CAF_CHECK(settled[0].accepted);
  is(there().received,
     "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n"
     "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchan\r\n$29\r\n{\"stream\":\"s\",\"data\":\"\\\"x\\\"\"}\r\n"
     "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchan\r\n$25\r\n{\"stream\":\"t\",\"data\":\"2\"}\r\n"
     "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchan\r\n$25\r\n{\"stream\":\"s\",\"data\":\"3\"}\r\n");
}

CAF_TEST(redis refuses) {
  open(publish_by::redis);
  server.on_bytes = [](auto& from) { from.send(":1\r\n-NOPERM this user has no permissions\r\n:1\r\n"); };
  publish({{"s", "1"}, {"t", "2"}});
  publish(3);
  CAF_REQUIRE(settles(2));
  is(settled[0].why, "redis: NOPERM");
  CAF_CHECK(settled[1].accepted);
  link = nullptr;
  settled.clear();
  open(publish_by::redis, {.redis = "redis://:pw@" + server.authority()});
  server.on_bytes = [](auto& from) { from.send("-WRONGPASS invalid username-password pair\r\n"); };
  publish(1);
  publish(2);
  CAF_REQUIRE(settles(2));
  is(settled[0].why, "redis: WRONGPASS");
}

CAF_TEST(what is no redis ends it) {
  for (const std::string garbage :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "*3\r\n*3\r\n", "$99999999999999\r\n", ":1\r\n:1\r\n", "$-1\r\n"}) {
    settled.clear();
    open(publish_by::redis);
    server.on_bytes = [&](auto& from) {
      from.send(garbage);
      from.close();
    };
    publish(1);
    CAF_REQUIRE(settles(1));
    CAF_CHECK(settled[0].accepted == (garbage == ":1\r\n:1\r\n"));
    link = nullptr;
  }
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
