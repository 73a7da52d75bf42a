// Labels: hardened
#define CAF_SUITE http_app_failures
#include <memory>
#include <utility>

#include "net/app/http_app_connection.hpp"
#include "tests/net/app/http_app_fixture.hpp"

using namespace ability;
using namespace ability::test;

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
  scope(where);
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
  serve(http_response("200 OK", yes));
  CAF_CHECK_EQUAL(call().what, "success");
}

CAF_TEST(an application that stops in the middle of an answer is given up) {
  serve("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
  CAF_CHECK_EQUAL(call({.sid = "s1"}, 30ms).what, "timed_out");
}

CAF_TEST(one call that hangs holds up no other) {
  serve([](const app_request& request) {
    return app_reaction{has(request.head, "sid: slow") ? "" : http_response("200 OK", yes)};
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
                  {"502 Bad Gateway", "broken"}};
  for (const auto& [status, what] : cases) {
    serve(http_response(status, yes));
    const auto result = call();
    CAF_CHECK_EQUAL(result.what, what);
    CAF_CHECK_EQUAL(result.detail, "status " + std::string(status, 3) + R"( "{\"status\":1}")");
  }
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(every status of success brings an answer) {
  for (const auto* status : {"200 OK", "201 Created", "202 Accepted", "203 Non-Authoritative Information",
                             "206 Partial Content", "226 IM Used", "299 Fine"}) {
    serve(http_response(status, yes));
    CAF_CHECK_EQUAL(call().what, "success");
  }
  serve(http_response("202 Accepted", "later"));
  CAF_CHECK_EQUAL(call().detail, "status 202 not JSON: \"later\"");
  serve("HTTP/1.1 204 No Content\r\n\r\n");
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(headers of an answer may take as much as servers allow themselves) {
  for (const std::size_t size : {7'000u, 8'192u, 16'384u, 32'768u, 60'000u}) {
    serve(http_response("200 OK", yes, "set-cookie: " + std::string(size, 'x') + "\r\n"));
    CAF_CHECK_EQUAL(call().what, "success");
    std::string many;
    while (many.size() < size)
      many += "x-debug-" + std::to_string(many.size()) + ": " + std::string(100, 'x') + "\r\n";
    serve(http_response("200 OK", yes, many));
    CAF_CHECK_EQUAL(call().what, "success");
  }
}

CAF_TEST(what is no answer of ours is broken with its beginning) {
  serve(http_response("200 OK", "<html>"));
  CAF_CHECK_EQUAL(call().detail, "not JSON: \"<html>\"");
  serve(http_response("200 OK", R"({"status":7})"));
  CAF_CHECK_EQUAL(call().what, "broken");
  serve(http_response("200 OK", ""));
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->connections, 1u);
}

CAF_TEST(an answer over the limit is not read) {
  const auto padded = [](std::size_t size) { return yes + std::string(size - yes.size(), ' '); };
  serve(http_response("200 OK", padded(1'000)));
  CAF_CHECK_EQUAL(call().what, "success");
  serve(http_response("200 OK", padded(1'001)));
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(call().detail, "the answer is over 1000 bytes");
  serve("HTTP/1.1 200 OK\r\ncontent-length: 100000000000\r\n\r\n{");
  CAF_CHECK_EQUAL(call().detail, "the answer is over 1000 bytes");
  serve(std::string{chunked_head} + chunk(padded(600)) + chunk(std::string(600, ' ')));
  CAF_CHECK_EQUAL(call().detail, "the answer is over 1000 bytes");
  serve("HTTP/1.1 200 OK\r\nx: " + std::string(1'000'000, 'x'));
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(call().detail, "the head of the answer is over 65536 bytes");
  for (const auto& endless : {"1;" + std::string(1'000'000, 'x'), "0\r\nx: " + std::string(1'000'000, 'x')}) {
    serve(std::string{chunked_head} + endless);
    CAF_CHECK_EQUAL(call().detail, "a chunk's extension or the trailer of the answer is over 131072 bytes");
  }
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
  scope(secure("other.pem"));
  const auto result = call();
  CAF_CHECK_EQUAL(result.what, "unauthorized");
  CAF_CHECK(has(result.detail, "certificate verify failed"));
  CAF_CHECK_EQUAL(server->requests.size(), 0u);
}

CAF_TEST(a certificate for another name is refused) {
  auto where = secure("app.pem");
  where.host = "127.0.0.1";
  scope(where);
  CAF_CHECK_EQUAL(call().what, "unauthorized");
  CAF_CHECK_EQUAL(server->requests.size(), 0u);
}

CAF_TEST(any certificate will do if it need not be right) {
  auto where = secure("other.pem");
  where.verify = false;
  scope(where);
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
    scope(where);
    const auto result = call();
    CAF_CHECK_EQUAL(result.what, "unavailable");
    CAF_CHECK(result.detail.starts_with("TLS handshake: "));
  }
}

CAF_TEST(a connection is freed after each step at which its call is aborted) {
  serve("");
  const auto where = secure("app.pem");
  asio::ssl::context trusted{asio::ssl::context::tls_client};
  trusted.load_verify_file(where.ca_file);
  bool reached = false;
  for (std::size_t steps = 0; !reached; ++steps) {
    const auto before = server->requests.size();
    std::size_t times = 0;
    auto connection = std::make_shared<http_app_connection>(io, where, &trusted);
    connection->exchange({boost::beast::http::verb::post, "/", 11}, true, 10s, [&](auto&&...) { ++times; });
    for (std::size_t i = 0; i < steps && !reached; ++i) {
      io.restart();
      io.run_one();
      reached = server->requests.size() > before;
    }
    CAF_CHECK_EQUAL(times, 0u);
    connection->abort();
    CAF_CHECK_EQUAL(times, 1u);
    const std::weak_ptr<http_app_connection> watch = std::exchange(connection, nullptr);
    CAF_CHECK(run_until([&] { return watch.expired(); }));
    CAF_CHECK_EQUAL(times, 1u);
  }
}

CAF_TEST(authorities that cannot be read are told at once) {
  auto where = secure("app.pem");
  where.ca_file = file("absent.pem");
  std::string told;
  try {
    http_app_transport{io, where};
  } catch (const std::runtime_error& error) {
    told = error.what();
  }
  CAF_CHECK(has(told, "No such file"));
}

CAF_TEST_FIXTURE_SCOPE_END()
