#define CAF_SUITE management_api
// The API below --api-path: paths, key, refusals, and the answers of streams.
#include "net/http/management_api.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <optional>
#include <regex>
#include <utility>

#include "actors/node/node.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "caf/test/unit_test.hpp"
#include "net/http/router.hpp"
#include "net/io/field_lines.hpp"
#include "tests/actors/support/virtual_time.hpp"

using namespace ability;

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using fields = std::vector<std::pair<std::string, std::string>>;

const fields keyed{{"Authorization", "Bearer key"}};

// A node with one lane, which the test runs by hand.
struct fixture {
  caf::actor_system_config config;
  caf::actor_system system{config};
  node here;
  io_lane lane{system};
  shared_limits shared;
  std::unique_ptr<lane_context> where;
  asio::io_context peer_io;
  asio::ip::tcp::socket peer{peer_io};
  outbox::pointer socket;

  explicit fixture(history_broker broker = history_broker::memory)
      : here{system, {.history = {.broker = broker}}, virtual_time(system)} {
    lane.adopt_thread();
    here.lanes.push_back(std::make_unique<lane_home>(here, &lane));
    start_records(here);
    where = std::make_unique<lane_context>(lane_context{lane, *here.lanes.front(), {}, shared});
    auto& settings = where->settings;
    settings.max_broadcast_size = 1'000;
    settings.broadcast_path = "/_broadcast";
    settings.broadcast_key = "other";
    settings.api_path = "/api";
    settings.api_key = "key";
    asio::ip::tcp::acceptor acceptor{lane.io(), {asio::ip::address_v4::loopback(), 0}};
    peer.connect(acceptor.local_endpoint());
    outbox::socket_type accepted{lane.io()};
    acceptor.accept(accepted);
    socket = outbox::pointer{new outbox{lane, std::move(accepted), nullptr, 1'000}};
  }
  ~fixture() {
    const auto& home = *here.lanes.front();
    caf::anon_send_exit(home.directory, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(home.registry, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(home.sessions, caf::exit_reason::user_shutdown);
    socket->close();
    socket.reset();
    run();
  }

  void run() {
    lane.io().restart();
    lane.io().poll();
  }

  const lane_counters& counters() const { return here.lanes.front()->counters; }
  std::uint64_t refused(refusal_reason why) const { return counters().refused[static_cast<std::size_t>(why)].get(); }

  // The answer to a whole request, also one that comes later.
  http_response answered(http::verb method, const std::string& target, const std::string& body = {},
                         const fields& more = keyed, service at = service::all) {
    http_request made{method, target, 11};
    made.set(http::field::host, "localhost");
    for (const auto& [name, value] : more)
      made.insert(name, value);
    if (!body.empty())
      made.set(http::field::content_length, std::to_string(body.size()));
    fly::join_lines(made);
    if (auto refusal = refuse_by_head(*where, at, *socket, made))
      return std::move(*refusal);
    made.body() = body;
    std::optional<http_response> late;
    auto now = answer_to(*where, at, *socket, made, [&](http_response what) { late = std::move(what); });
    run();
    CAF_CHECK(!now || !late);
    CAF_REQUIRE(now || late);
    return now ? std::move(*now) : std::move(*late);
  }

  unsigned status(http::verb method, const std::string& target, const std::string& body = {},
                  const fields& more = keyed) {
    return answered(method, target, body, more).result_int();
  }

  http_response asked(const std::string& target, const fields& more = keyed) {
    return answered(http::verb::get, target, {}, more);
  }
};

struct without_history : fixture {
  without_history() : fixture{history_broker::none} {}
};

constexpr auto get = http::verb::get;
constexpr auto post = http::verb::post;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(management_api_tests, fixture)

CAF_TEST(paths begin with the path of the API) {
  auto& settings = where->settings;
  for (const auto* base : {"/api", "/api/"}) {
    settings.api_path = base;
    CAF_CHECK(is_api_publish_path(settings, "/api/publish"));
    CAF_CHECK(stream_of_members_path(settings, "/api/presence/chat%2F1+1%20%C3%BC/users") == "chat/1+1 ü");
    CAF_CHECK(stream_of_history_path(settings, "/api/streams/chat/1/history") == "chat/1");
    CAF_CHECK(stream_of_history_path(settings, "/api/streams/history/history") == "history");
    for (const auto* other : {"", "/", "/api", "/api/", "/api/publish/", "/api/publish2", "/publish", "/ap/publish"})
      CAF_CHECK(!is_api_publish_path(settings, other));
    for (const auto* other : {"/api/streams", "/api/streams/", "/api/streams/history", "/api/streams//history",
                              "/api/streams/s/histor", "/api/presence/s/history", "/streams/s/history"})
      CAF_CHECK(!stream_of_history_path(settings, other));
    for (const auto* other : {"/api/presence/users", "/api/presence//users", "/api/streams/s/users"})
      CAF_CHECK(!stream_of_members_path(settings, other));
  }
  settings.api_path = "/";
  CAF_CHECK(is_api_publish_path(settings, "/publish"));
}

CAF_TEST(each call wants the key of the API) {
  const fields wrong{{"Authorization", "Bearer other"}};
  for (const auto& [method, target] : {std::pair{post, "/api/publish"}, std::pair{get, "/api/presence/s/users"},
                                       std::pair{get, "/api/streams/s/history"}}) {
    CAF_MESSAGE(target);
    CAF_CHECK_EQUAL(status(method, target, {}, {}), 401u);
    const auto refusal = answered(method, target, {}, wrong);
    CAF_CHECK_EQUAL(refusal.result_int(), 401u);
    CAF_CHECK_EQUAL(std::string{std::string_view{refusal[http::field::www_authenticate]}}, "Bearer");
    CAF_CHECK(refusal.body().find("abilityctl key api") != std::string::npos);
  }
  CAF_CHECK_EQUAL(refused(refusal_reason::api_call_key), 6u);
  where->settings.api_key.clear();
  CAF_CHECK(answered(post, "/api/publish").body().find("--api-secret") != std::string::npos);
  CAF_CHECK_EQUAL(refused(refusal_reason::api_call_off), 1u);
  where->settings.open_api = true;
  CAF_CHECK_EQUAL(status(get, "/api/presence/s/users", {}, {}), 200u);
  CAF_CHECK_EQUAL(refused(refusal_reason::publication_key), 0u);
}

CAF_TEST(calls are served where publications are) {
  for (const auto& [method, target] : {std::pair{post, "/api/publish"}, std::pair{get, "/api/presence/s/users"},
                                       std::pair{get, "/api/streams/s/history"}}) {
    CAF_CHECK_EQUAL(answered(method, target, {}, keyed, service::clients).result_int(), 404u);
    CAF_CHECK_EQUAL(answered(method, target, {}, keyed, service::operations).result_int(), 404u);
    const auto other = method == post ? get : post;
    CAF_CHECK_EQUAL(status(other, target), 405u);
  }
  CAF_CHECK_EQUAL(status(get, "/api/streams/s/history", "{}"), 413u);
}

CAF_TEST(publications of the API are those of the broadcast route) {
  CAF_CHECK_EQUAL(status(post, "/api/publish", R"({"stream":"s","data":1})"), 201u);
  CAF_CHECK_EQUAL(status(post, "/api/publish", R"([{"stream":"s","data":2},{"stream":"s","data":"x"}])"), 201u);
  CAF_CHECK_EQUAL(status(post, "/api/publish", R"({"stream":"s"})"), 422u);
  CAF_CHECK_EQUAL(status(post, "/api/publish", "no JSON"), 422u);
  auto coded = keyed;
  coded.emplace_back("Content-Encoding", "br");
  CAF_CHECK_EQUAL(status(post, "/api/publish", "{}", coded), 415u);
  coded.back().second = "gzip";
  CAF_CHECK_EQUAL(status(post, "/api/publish", "{}", coded), 400u);
  CAF_CHECK_EQUAL(refused(refusal_reason::publication_malformed), 4u);
  CAF_CHECK_EQUAL(counters().failed_broadcasts.get(), 4u);
  CAF_CHECK_EQUAL(counters().broadcasts.get(), 3u);
  const auto told = asked("/api/streams/s/history").body();
  CAF_CHECK(std::regex_match(
      told, std::regex{R"(\{"epoch":"[0-9a-f]{16}","first":1,"last":3,"messages":\[)"
                       R"(\{"offset":1,"time":\d{13},"data":1\},\{"offset":2,"time":\d{13},"data":2\},)"
                       R"(\{"offset":3,"time":\d{13},"data":"x"\}\]\})"}));
}

CAF_TEST(members are listed as JSON) {
  const auto answer = asked("/api/presence/s/users");
  CAF_CHECK_EQUAL(answer.result_int(), 200u);
  CAF_CHECK_EQUAL(answer.body(), R"({"type":"info","total":0})");
  CAF_CHECK_EQUAL(std::string{std::string_view{answer[http::field::content_type]}}, "application/json");
  CAF_CHECK_EQUAL(std::string{std::string_view{answer[http::field::cache_control]}}, "no-store");
  here.lanes.front()->settings.presence.on = false;
  CAF_CHECK_EQUAL(asked("/api/presence/s/users").result_int(), 501u);
}

CAF_TEST(a log is read by parts) {
  CAF_CHECK_EQUAL(asked("/api/streams/s/history").result_int(), 404u);
  for (const auto* data : {"1", "2", "3"})
    CAF_CHECK_EQUAL(status(post, "/api/publish", R"({"stream":"s","data":)" + std::string{data} + "}"), 201u);
  const auto all = asked("/api/streams/s/history?limit=1").body();
  CAF_CHECK(all.find(R"("messages":[{"offset":3,)") != std::string::npos);
  const auto epoch = all.substr(all.find(R"("epoch":")") + 9, 16);
  const auto page = asked("/api/streams/s/history?limit=1&since=" + epoch + "/1").body();
  CAF_CHECK(page.find(R"("messages":[{"offset":2,)") != std::string::npos);
  CAF_CHECK(page.find(R"("offset":3)") == std::string::npos);
  CAF_CHECK(asked("/api/streams/s/history?since=" + epoch + "%2F2").body().find(R"([{"offset":3,)") !=
            std::string::npos);
  for (const auto& gone : {epoch + "/4", std::string{"0123456789abcdef/0"}}) {
    const auto refusal = asked("/api/streams/s/history?since=" + gone);
    CAF_CHECK_EQUAL(refusal.result_int(), 410u);
    CAF_CHECK(refusal.body().starts_with("\"since\" is "));
  }
}

CAF_TEST(a query that is not understood is refused) {
  for (const auto* query : {"limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=x", "limit=99999999999999999999",
                            "since=1", "since=0123456789abcdef", "since=0123456789abcdef/x", "since=%00"}) {
    CAF_MESSAGE(query);
    CAF_CHECK_EQUAL(asked("/api/streams/s/history?" + std::string{query}).result_int(), 400u);
  }
  CAF_CHECK_EQUAL(asked("/api/streams/s/history?limit=1000&other=1").result_int(), 404u);
  CAF_CHECK_EQUAL(asked("/api/streams/s/history?limit=&since=").result_int(), 404u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(management_api_without_history_tests, without_history)

CAF_TEST(without a broker there is no history) {
  const auto refusal = asked("/api/streams/s/history");
  CAF_CHECK_EQUAL(refusal.result_int(), 501u);
  CAF_CHECK_EQUAL(refusal.body(), "no history is kept: the broker is none\n");
  CAF_CHECK_EQUAL(status(post, "/api/publish", R"({"stream":"s","data":1})"), 201u);
}

CAF_TEST_FIXTURE_SCOPE_END()
