#define CAF_SUITE router
// The table of routes: which request is refused by its head, answered, or becomes a WebSocket of which protocol.
#include "net/http/router.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "caf/test/unit_test.hpp"
#include "net/io/field_lines.hpp"
#include "tests/net/support/lane_fixture.hpp"

using namespace ability;

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using fields = std::vector<std::pair<std::string, std::string>>;

const fields websocket{{"Connection", "Upgrade"},
                       {"Upgrade", "websocket"},
                       {"Sec-WebSocket-Version", "13"},
                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};

struct fixture : lane_fixture {
  const std::vector<client_protocol> protocols{{"first.v1", nullptr}, {"second.v1", nullptr}, {"", nullptr}};
  lane_context where{lane, home, {}, shared, &protocols};
  edge_settings& settings{where.settings};
  asio::io_context peer_io;
  asio::ip::tcp::socket peer{peer_io};
  outbox::pointer socket;

  fixture() {
    lane.adopt_thread();
    asio::ip::tcp::acceptor acceptor{lane.io(), {asio::ip::address_v4::loopback(), 0}};
    peer.connect(acceptor.local_endpoint());
    outbox::socket_type accepted{lane.io()};
    acceptor.accept(accepted);
    socket = outbox::pointer{new outbox{lane, std::move(accepted), nullptr, 1'000}};
    settings.cable_paths = {"/cable", "/t/{tenant}"};
    settings.health_path = "/health";
    settings.live_path = "/health/live";
    settings.ready_path = "/health/ready";
    settings.metrics_path = "/metrics";
    settings.broadcast_path = "/_broadcast";
    settings.broadcast_key = "key";
    settings.page = true;
    settings.max_broadcast_size = 1'000;
    shared.serving = true;
  }
  ~fixture() {
    socket->close();
    socket.reset();
    lane.io().poll();
  }

  static http_request request(http::verb method, const std::string& target, const fields& more = {}) {
    http_request made{method, target, 11};
    made.set(http::field::host, "localhost");
    for (const auto& [name, value] : more)
      made.insert(name, value);
    fly::join_lines(made);
    return made;
  }

  // The status that the head alone gets; 0: the body is read.
  unsigned by_head(http::verb method, const std::string& target, service at = service::all, const fields& more = {}) {
    const auto refused = refuse_by_head(where, at, *socket, request(method, target, more));
    return refused ? refused->result_int() : 0;
  }

  // The status of the answer; 0: an actor gives it later.
  unsigned answered(http::verb method, const std::string& target, const std::string& body = {}) {
    auto asked = request(method, target);
    asked.body() = body;
    const auto answer = answer_to(where, service::all, *socket, asked, [](http_response) {});
    return answer ? answer->result_int() : 0;
  }

  // The subprotocol that an upgrade with these offers gets, or the status of its refusal.
  std::string upgraded(const std::string& offered) {
    auto all = websocket;
    if (!offered.empty())
      all.emplace_back("Sec-WebSocket-Protocol", offered);
    const auto choice = check_upgrade(where, *socket, request(http::verb::get, "/cable", all));
    if (const auto* refused = std::get_if<http_response>(&choice))
      return std::to_string(refused->result_int());
    return std::string{std::get<const client_protocol*>(choice)->subprotocol};
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(router_tests, fixture)

CAF_TEST(paths that are read allow GET and HEAD and no body) {
  for (const auto* path : {"/health", "/health/live", "/health/ready", "/metrics", "/", "/health?a=b"}) {
    CAF_MESSAGE(path);
    CAF_CHECK_EQUAL(by_head(http::verb::get, path), 0u);
    CAF_CHECK_EQUAL(by_head(http::verb::head, path), 0u);
    for (const auto method : {http::verb::post, http::verb::put, http::verb::delete_, http::verb::options})
      CAF_CHECK_EQUAL(by_head(method, path), 405u);
    CAF_CHECK_EQUAL(by_head(http::verb::get, path, service::all, {{"Content-Length", "1"}}), 413u);
    CAF_CHECK_EQUAL(answered(http::verb::get, path), 200u);
  }
}

CAF_TEST(publications are posted with the key) {
  const fields keyed{{"Authorization", "Bearer key"}};
  CAF_CHECK_EQUAL(by_head(http::verb::post, "/_broadcast"), 401u);
  CAF_CHECK_EQUAL(by_head(http::verb::post, "/_broadcast", service::all, keyed), 0u);
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/_broadcast", service::all, keyed), 405u);
  auto coded = keyed;
  coded.emplace_back("Content-Encoding", "br");
  CAF_CHECK_EQUAL(by_head(http::verb::post, "/_broadcast", service::all, coded), 415u);
  CAF_CHECK_EQUAL(home.counters.failed_broadcasts.get(), 1u);
  CAF_CHECK_EQUAL(home.counters.refused[static_cast<std::size_t>(refusal_reason::publication_malformed)].get(), 1u);
  CAF_CHECK_EQUAL(answered(http::verb::post, "/_broadcast", "no JSON"), 422u);
  const auto with_id = [&](const std::string& id) {
    auto more = keyed;
    more.emplace_back("Idempotency-Key", id);
    return by_head(http::verb::post, "/_broadcast", service::all, more);
  };
  for (const auto& id : {std::string{"1"}, std::string(128, 'x'), std::string{"\"a b\""}, std::string{"\xc3\xa9"}})
    CAF_CHECK_EQUAL(with_id(id), 0u);
  for (const auto& id : {std::string{}, std::string(129, 'x'), std::string{"a\tb"}, std::string{"a\x7f"}})
    CAF_CHECK_EQUAL(with_id(id), 400u);
}

CAF_TEST(a cable path wants a WebSocket) {
  for (const auto* path : {"/cable", "/t/7"}) {
    CAF_CHECK_EQUAL(by_head(http::verb::get, path), 426u);
    CAF_CHECK_EQUAL(by_head(http::verb::post, path), 405u);
    CAF_CHECK(is_upgrade(where, service::all, request(http::verb::get, path, websocket)));
    CAF_CHECK(!is_upgrade(where, service::all, request(http::verb::get, path)));
    CAF_CHECK(!is_upgrade(where, service::operations, request(http::verb::get, path, websocket)));
  }
  CAF_CHECK(!is_upgrade(where, service::all, request(http::verb::get, "/health", websocket)));
}

CAF_TEST(a listener serves its own kind of requests only) {
  CAF_CHECK_EQUAL(by_head(http::verb::post, "/_broadcast", service::clients), 404u);
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/cable", service::broadcasts), 404u);
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/", service::broadcasts), 404u);
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/metrics", service::operations), 0u);
  settings.metrics_apart = true;
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/metrics"), 404u);
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/metrics", service::operations), 0u);
  settings.page = false;
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/"), 404u);
  CAF_CHECK_EQUAL(by_head(http::verb::get, "/none"), 404u);
}

CAF_TEST(the first protocol that is offered and served is taken) {
  CAF_CHECK_EQUAL(upgraded("second.v1, first.v1"), "second.v1");
  CAF_CHECK_EQUAL(upgraded("unknown, first.v1"), "first.v1");
  CAF_CHECK_EQUAL(upgraded("unknown"), "");
  CAF_CHECK_EQUAL(upgraded(""), "");
  shared.draining = true;
  CAF_CHECK_EQUAL(upgraded("first.v1"), "503");
}

CAF_TEST_FIXTURE_SCOPE_END()
