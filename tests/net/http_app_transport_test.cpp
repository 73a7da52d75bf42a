#define CAF_SUITE http_app_transport
#include "net/http_app_transport.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "caf/test/unit_test.hpp"
#include "tests/net/fake_app_server.hpp"

using namespace ability;
using namespace ability::test;
using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

const std::string yes = R"({"status":1})";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string chunk(const std::string& text) {
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + text + "\r\n";
}

constexpr std::string_view chunked_head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

// How a call ended: the status of the answer, or why there is none.
struct ending {
  std::string what = "nothing";
  std::string detail;
  std::size_t times = 0;
};

struct fixture {
  using answer_ptr = std::shared_ptr<ending>;

  asio::io_context io;
  std::optional<fake_app_server> server;
  std::shared_ptr<http_app_transport> uut;

  fixture() {
    server.emplace(io);
    reach(endpoint());
  }
  ~fixture() {
    uut->stop();
    uut.reset();
    io.poll();
  }

  http_app_endpoint endpoint() const {
    http_app_endpoint where;
    where.host = "127.0.0.1";
    where.port = server->port();
    where.path = "/_anycable";
    where.secret = "s3cret";
    where.max_reply = 1'000;
    return where;
  }

  void reach(const http_app_endpoint& where) {
    if (uut)
      uut->stop();
    uut = std::make_shared<http_app_transport>(io, where);
  }

  void serve(fake_app_server::reaction_function react) { server->react = std::move(react); }

  // Answers all alike.
  void serve(std::string bytes, app_reaction::ending then = app_reaction::keep) {
    serve([=](const app_request&) { return app_reaction{bytes, then}; });
  }

  template <class Predicate>
  bool run_until(Predicate reached) {
    const auto deadline = clock::now() + 15s;
    while (!reached() && clock::now() < deadline) {
      io.restart();
      io.run_one_for(100ms);
    }
    return reached();
  }

  answer_ptr begin(rpc_request request = {.sid = "s1"}, std::chrono::milliseconds timeout = 10s) {
    auto slot = std::make_shared<ending>();
    uut->call(std::make_shared<const rpc_request>(std::move(request)), timeout, [slot](rpc_outcome outcome) {
      ++slot->times;
      if (const auto* error = std::get_if<rpc_error>(&outcome)) {
        slot->what = name_of(error->why);
        slot->detail = error->detail;
      } else {
        slot->what = name_of(std::get<rpc_reply>(outcome).status);
        slot->detail = std::get<rpc_reply>(outcome).identity;
      }
    });
    return slot;
  }

  ending end(const answer_ptr& slot) {
    run_until([&] { return slot->times > 0; });
    io.poll();
    CAF_CHECK_EQUAL(slot->times, 1u);
    return *slot;
  }

  ending call(rpc_request request = {.sid = "s1"}, std::chrono::milliseconds timeout = 10s) {
    return end(begin(std::move(request), timeout));
  }
};

// Certificates for `localhost`, made anew for the test.
struct tls_fixture : fixture {
  std::filesystem::path folder;
  asio::ssl::context server_tls{asio::ssl::context::tls_server};

  tls_fixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "ability_tls_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder = pattern;
    make("app");
    make("other");
    server_tls.use_certificate_file(file("app.pem"), asio::ssl::context::pem);
    server_tls.use_private_key_file(file("app.key"), asio::ssl::context::pem);
    uut->stop();
    io.poll();
    server.emplace(io, &server_tls);
    reach(secure("app.pem"));
  }
  ~tls_fixture() { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name) const { return (folder / name).string(); }

  void make(const std::string& name) const {
    const auto command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
        "-addext subjectAltName=DNS:localhost -keyout " +
        file(name + ".key") + " -out " + file(name + ".pem") + " 2>/dev/null";
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error("openssl makes no certificate");
  }

  http_app_endpoint secure(const std::string& trusted) const {
    auto where = endpoint();
    where.tls = true;
    where.host = "localhost";
    where.ca_file = file(trusted);
    return where;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(http_app_transport_calling, fixture)

CAF_TEST(a call is a POST with the secret and the session) {
  serve(http_answer("200 OK", R"({"status":1,"identifiers":"me"})"));
  const auto result = call({.method = rpc_method::connect, .sid = "s1", .env = {"http://h/cable", {}, {}, {}}});
  CAF_CHECK_EQUAL(result.what, "success");
  CAF_CHECK_EQUAL(result.detail, "me");
  CAF_REQUIRE_EQUAL(server->requests.size(), 1u);
  const auto& [connection, head, body] = server->requests[0];
  CAF_CHECK(head.starts_with("POST /_anycable/connect HTTP/1.1\r\n"));
  CAF_CHECK(has(head, "\r\nHost: 127.0.0.1:" + std::to_string(server->port()) + "\r\n"));
  CAF_CHECK(has(head, "\r\nContent-Type: application/json\r\n"));
  CAF_CHECK(has(head, "\r\nAuthorization: Bearer s3cret\r\n"));
  CAF_CHECK(has(head, "\r\nx-anycable-meta-sid: s1\r\n"));
  CAF_CHECK(has(head, "\r\nx-anycable-meta-protov: v1\r\n"));
  CAF_CHECK_EQUAL(body, R"({"env":{"url":"http://h/cable"}})");
}

CAF_TEST(each method has its path) {
  call({.method = rpc_method::command, .sid = "s1"});
  call({.method = rpc_method::disconnect, .sid = "s1"});
  CAF_CHECK(server->requests.at(0).head.starts_with("POST /_anycable/command "));
  CAF_CHECK(server->requests.at(1).head.starts_with("POST /_anycable/disconnect "));
}

CAF_TEST(without a secret none is sent and without a path none is led by) {
  auto where = endpoint();
  where.secret.clear();
  where.path.clear();
  reach(where);
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK(server->requests.at(0).head.starts_with("POST /connect "));
  CAF_CHECK(!has(server->requests.at(0).head, "Authorization"));
}

CAF_TEST(a host by its name is reached by any of its addresses) {
  auto where = endpoint();
  where.host = "localhost";
  reach(where);
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK(has(server->requests.at(0).head, "\r\nHost: localhost:"));
}

CAF_TEST(an answer may come in chunks and piece by piece) {
  serve(std::string{chunked_head} + chunk(R"({"stat)") + chunk(R"(us":1,"identifiers":"me"})") + chunk(""));
  CAF_CHECK_EQUAL(call().detail, "me");
  CAF_CHECK_EQUAL(call().detail, "me");
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(an answer may end with the connection) {
  serve("HTTP/1.1 200 OK\r\n\r\n" + yes, app_reaction::close);
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(server->connections, 2u);
}

CAF_TEST(a status of the answer is not one of HTTP) {
  serve(http_answer("200 OK", R"({"status":2})"));
  CAF_CHECK_EQUAL(call().what, "failure");
  serve(http_answer("200 OK", "{}"));
  CAF_CHECK_EQUAL(call().what, "error");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(http_app_transport_keeping, fixture)

CAF_TEST(calls one after the other share a connection) {
  for (auto i = 0; i < 5; ++i)
    CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(calls at a time have a connection each and these are kept) {
  for (auto round = 0; round < 2; ++round) {
    const auto first = begin();
    const auto second = begin();
    const auto third = begin();
    for (const auto& each : {first, second, third})
      CAF_CHECK_EQUAL(end(each).what, "success");
  }
  CAF_CHECK_EQUAL(server->requests.size(), 6u);
  CAF_CHECK_EQUAL(server->connections, 3u);
}

CAF_TEST(a connection that the application will close is not used again) {
  serve(http_answer("200 OK", yes, "connection: close\r\n"));
  call();
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(server->connections, 2u);
  CAF_CHECK(run_until([&] { return server->open() == 0; }));
}

CAF_TEST(a connection that was closed meanwhile is replaced) {
  serve(http_answer("200 OK", yes), app_reaction::close);
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(server->connections, 3u);
}

CAF_TEST(a call on a connection that is closed just then is made again) {
  for (const auto how : {app_reaction::close, app_reaction::reset}) {
    const auto before = server->connections;
    serve([&](const app_request& request) {
      const bool first = request.connection == before + 1;
      if (first && server->requests.size() > 1 &&
          server->requests[server->requests.size() - 2].connection == request.connection)
        return app_reaction{"", how};
      return app_reaction{http_answer("200 OK", yes), first ? app_reaction::keep : app_reaction::close};
    });
    CAF_CHECK_EQUAL(call().what, "success");
    CAF_CHECK_EQUAL(call().what, "success");
    CAF_CHECK_EQUAL(server->connections, before + 2);
  }
}

CAF_TEST(it is made again only once) {
  serve([&](const app_request&) {
    if (server->requests.size() == 1)
      return app_reaction{http_answer("200 OK", yes)};
    return app_reaction{"", app_reaction::close};
  });
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->requests.size(), 3u);
}

CAF_TEST(an answer that broke off on a used connection is not asked for again) {
  serve([&](const app_request&) {
    if (server->requests.size() == 1)
      return app_reaction{http_answer("200 OK", yes)};
    return app_reaction{"HTTP/1.1 200 OK\r\ncontent-le", app_reaction::close};
  });
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->requests.size(), 2u);
}

CAF_TEST(what comes behind an answer is no answer to the next call) {
  serve([&](const app_request&) {
    const auto answer = http_answer("200 OK", R"({"status":1,"identifiers":"me"})");
    return app_reaction{server->requests.size() == 1
                            ? answer + http_answer("200 OK", R"({"status":1,"identifiers":"somebody else"})")
                            : answer};
  });
  CAF_CHECK_EQUAL(call().detail, "me");
  CAF_CHECK_EQUAL(call().detail, "me");
  CAF_CHECK_EQUAL(server->connections, 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(http_app_transport_failing, fixture)

CAF_TEST(an application that does not listen is unavailable) {
  auto where = endpoint();
  server.reset();
  io.poll();
  const auto result = call();
  CAF_CHECK_EQUAL(result.what, "unavailable");
  CAF_CHECK_EQUAL(result.detail,
                  "cannot connect to 127.0.0.1 port " + std::to_string(where.port) + ": Connection refused");
}

CAF_TEST(an application whose name nobody knows is unavailable) {
  auto where = endpoint();
  where.host = "nowhere.invalid";
  reach(where);
  const auto result = call();
  CAF_CHECK_EQUAL(result.what, "unavailable");
  CAF_CHECK(result.detail.starts_with("cannot resolve nowhere.invalid: "));
}

CAF_TEST(an application that comes back is reached) {
  const auto port = server->port();
  CAF_CHECK_EQUAL(call().what, "success");
  server.reset();
  io.poll();
  CAF_CHECK_EQUAL(call().what, "unavailable");
  server.emplace(io, nullptr, port);
  CAF_CHECK_EQUAL(call().what, "success");
}

CAF_TEST(an application that never answers is given up in time and its connection closed) {
  serve("");
  const auto began = clock::now();
  const auto result = call({.sid = "s1"}, 30ms);
  CAF_CHECK_EQUAL(result.what, "timed_out");
  CAF_CHECK(clock::now() - began >= 30ms);
  CAF_CHECK(run_until([&] { return server->open() == 0; }));
  serve(http_answer("200 OK", yes));
  CAF_CHECK_EQUAL(call().what, "success");
}

CAF_TEST(an application that stops in the middle of an answer is given up) {
  serve("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
  CAF_CHECK_EQUAL(call({.sid = "s1"}, 30ms).what, "timed_out");
}

CAF_TEST(one call that hangs holds up no other) {
  serve([](const app_request& request) {
    return app_reaction{has(request.head, "sid: slow") ? "" : http_answer("200 OK", yes)};
  });
  const auto slow = begin({.sid = "slow"});
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(slow->times, 0u);
}

CAF_TEST(a connection that breaks breaks the answer) {
  for (const auto* bytes : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\":1}",
                            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"})
    for (const auto how : {app_reaction::close, app_reaction::reset}) {
      serve(bytes, how);
      const auto result = call();
      CAF_CHECK_EQUAL(result.what, "broken");
      CAF_CHECK(result.detail.starts_with("receiving: "));
    }
}

CAF_TEST(what is no HTTP is broken) {
  for (const auto* bytes : {"+OK this is a server of another kind\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
                            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
                            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"}) {
    serve(bytes);
    CAF_CHECK_EQUAL(call().what, "broken");
  }
}

CAF_TEST(statuses of HTTP have their meanings and keep the connection) {
  struct {
    const char* status;
    const char* what;
  } const cases[]{{"401 Unauthorized", "unauthorized"},
                  {"400 Bad Request", "invalid"},
                  {"422 Unprocessable Entity", "invalid"},
                  {"429 Too Many Requests", "exhausted"},
                  {"503 Service Unavailable", "exhausted"},
                  {"500 Internal Server Error", "broken"},
                  {"404 Not Found", "broken"},
                  {"302 Found", "broken"},
                  {"201 Created", "broken"},
                  {"502 Bad Gateway", "broken"}};
  for (const auto& [status, what] : cases) {
    serve(http_answer(status, yes));
    const auto result = call();
    CAF_CHECK_EQUAL(result.what, what);
    CAF_CHECK_EQUAL(result.detail, "status " + std::string(status, 3) + R"( "{\"status\":1}")");
  }
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(what is no answer of ours is broken with its beginning) {
  serve(http_answer("200 OK", "<html>"));
  CAF_CHECK_EQUAL(call().detail, "not JSON: \"<html>\"");
  serve(http_answer("200 OK", R"({"status":7})"));
  CAF_CHECK_EQUAL(call().what, "broken");
  serve(http_answer("200 OK", ""));
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(an answer over the limit is not read) {
  const auto padded = [](std::size_t size) { return yes + std::string(size - yes.size(), ' '); };
  serve(http_answer("200 OK", padded(1'000)));
  CAF_CHECK_EQUAL(call().what, "success");
  serve(http_answer("200 OK", padded(1'001)));
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(call().detail, "the answer is over 1000 bytes");
  serve("HTTP/1.1 200 OK\r\ncontent-length: 100000000000\r\n\r\n{");
  CAF_CHECK_EQUAL(call().detail, "the answer is over 1000 bytes");
  serve(std::string{chunked_head} + chunk(padded(600)) + chunk(std::string(600, ' ')));
  CAF_CHECK_EQUAL(call().detail, "the answer is over 1000 bytes");
  serve("HTTP/1.1 200 OK\r\nx: " + std::string(1'000'000, 'x'));
  CAF_CHECK_EQUAL(call().what, "broken");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(http_app_transport_stopping, fixture)

CAF_TEST(when it stops all calls end and all connections close) {
  CAF_CHECK_EQUAL(call().what, "success");
  const auto idle = begin();
  const auto other = begin();
  CAF_REQUIRE(run_until([&] { return idle->times + other->times == 2; }));
  serve("");
  const auto hanging = begin();
  CAF_REQUIRE(run_until([&] { return server->requests.size() == 4; }));
  const auto connecting = begin();
  CAF_CHECK_EQUAL(server->open(), 2u);
  uut->stop();
  for (const auto& each : {hanging, connecting}) {
    CAF_CHECK_EQUAL(each->what, "unavailable");
    CAF_CHECK_EQUAL(each->detail, "the daemon stops");
  }
  CAF_CHECK(run_until([&] { return server->open() == 0; }));
  CAF_CHECK_EQUAL(hanging->times + connecting->times, 2u);
}

CAF_TEST(it may be dropped while a call is under way) {
  serve("");
  const auto hanging = begin();
  CAF_REQUIRE(run_until([&] { return server->requests.size() == 1; }));
  std::weak_ptr<http_app_transport> watch = uut;
  uut->stop();
  uut.reset();
  CAF_CHECK(run_until([&] { return watch.expired() && server->open() == 0; }));
  CAF_CHECK_EQUAL(hanging->times, 1u);
  uut = std::make_shared<http_app_transport>(io, endpoint());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(http_app_transport_tls, tls_fixture)

CAF_TEST(with the right certificate calls go through TLS and share a connection) {
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(a certificate that nobody vouches for is refused) {
  reach(secure("other.pem"));
  const auto result = call();
  CAF_CHECK_EQUAL(result.what, "unauthorized");
  CAF_CHECK(has(result.detail, "certificate verify failed"));
  CAF_CHECK_EQUAL(server->requests.size(), 0u);
}

CAF_TEST(a certificate for another name is refused) {
  auto where = secure("app.pem");
  where.host = "127.0.0.1";
  reach(where);
  CAF_CHECK_EQUAL(call().what, "unauthorized");
  CAF_CHECK_EQUAL(server->requests.size(), 0u);
}

CAF_TEST(any certificate will do if it need not be right) {
  auto where = secure("other.pem");
  where.verify = false;
  reach(where);
  CAF_CHECK_EQUAL(call().what, "success");
}

CAF_TEST(an application that goes away during the handshake was not reached) {
  for (const bool reset : {false, true}) {
    asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    acceptor.async_accept([&](auto, asio::ip::tcp::socket socket) {
      if (reset)
        socket.set_option(asio::socket_base::linger{true, 0});
    });
    auto where = secure("app.pem");
    where.port = acceptor.local_endpoint().port();
    reach(where);
    const auto result = call();
    CAF_CHECK_EQUAL(result.what, "unavailable");
    CAF_CHECK(result.detail.starts_with("TLS handshake: "));
  }
}

CAF_TEST(authorities that cannot be read are told at once) {
  auto where = secure("app.pem");
  where.ca_file = file("absent.pem");
  std::string told;
  try {
    http_app_transport{io, where};
  } catch (const boost::system::system_error& error) {
    told = error.what();
  }
  CAF_CHECK(has(told, "No such file"));
}

CAF_TEST_FIXTURE_SCOPE_END()
