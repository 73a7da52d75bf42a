#define CAF_SUITE http_app_transport
#include "tests/net/app/http_app_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(http_app_transport_calling, fixture)

CAF_TEST(a call is a POST with the secret and the session) {
  serve(http_response("200 OK", R"({"status":1,"identifiers":"me"})"));
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
  scope(where);
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK(server->requests.at(0).head.starts_with("POST /connect "));
  CAF_CHECK(!has(server->requests.at(0).head, "Authorization"));
}

CAF_TEST(a host by its name is reached by any of its addresses) {
  auto where = endpoint();
  where.host = "localhost";
  scope(where);
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
  serve(http_response("200 OK", R"({"status":2})"));
  CAF_CHECK_EQUAL(call().what, "failure");
  serve(http_response("200 OK", "{}"));
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
  serve(http_response("200 OK", yes, "connection: close\r\n"));
  call();
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(server->connections, 2u);
  CAF_CHECK(run_until([&] { return server->open() == 0; }));
}

CAF_TEST(a connection that was closed meanwhile is replaced) {
  serve(http_response("200 OK", yes), app_reaction::close);
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
      return app_reaction{http_response("200 OK", yes), first ? app_reaction::keep : app_reaction::close};
    });
    CAF_CHECK_EQUAL(call().what, "success");
    CAF_CHECK_EQUAL(call().what, "success");
    CAF_CHECK_EQUAL(server->connections, before + 2);
  }
}

CAF_TEST(it is made again only once) {
  serve([&](const app_request&) {
    if (server->requests.size() == 1)
      return app_reaction{http_response("200 OK", yes)};
    return app_reaction{"", app_reaction::close};
  });
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->requests.size(), 3u);
}

CAF_TEST(an answer that broke off on a used connection is not asked for again) {
  serve([&](const app_request&) {
    if (server->requests.size() == 1)
      return app_reaction{http_response("200 OK", yes)};
    return app_reaction{"HTTP/1.1 200 OK\r\ncontent-le", app_reaction::close};
  });
  CAF_CHECK_EQUAL(call().what, "success");
  CAF_CHECK_EQUAL(call().what, "broken");
  CAF_CHECK_EQUAL(server->requests.size(), 2u);
}

CAF_TEST(what comes behind an answer is no answer to the next call) {
  serve([&](const app_request&) {
    const auto answer = http_response("200 OK", R"({"status":1,"identifiers":"me"})");
    return app_reaction{server->requests.size() == 1
                            ? answer + http_response("200 OK", R"({"status":1,"identifiers":"somebody else"})")
                            : answer};
  });
  CAF_CHECK_EQUAL(call().detail, "me");
  CAF_CHECK_EQUAL(call().detail, "me");
  CAF_CHECK_EQUAL(server->connections, 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
