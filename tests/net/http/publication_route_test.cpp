#define CAF_SUITE publication_route
// Publications by HTTP: which of them wait for their positions, and how these are told.
#include "net/http/publication_route.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <regex>
#include <utility>

#include "actors/node/node.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "caf/test/unit_test.hpp"
#include "net/io/field_lines.hpp"
#include "tests/actors/support/virtual_time.hpp"

using namespace ability;

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using fields = std::vector<std::pair<std::string, std::string>>;

const fields takes_json{{"Accept", "text/html;q=0.5, Application/JSON;q=0.9"}};

std::string matched(const std::string& text, const std::string& pattern) {
  return std::regex_match(text, std::regex{pattern}) ? "yes" : text;
}

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
  std::optional<http_response> late;  // the answer that came later

  explicit fixture(const history_settings& how = {.broker = history_broker::memory})
      : here{system, {.history = how}, virtual_time(system)} {
    lane.adopt_thread();
    here.lanes.push_back(std::make_unique<lane_home>(here, &lane));
    start_records(here);
    where = std::make_unique<lane_context>(lane_context{lane, *here.lanes.front(), {}, shared});
    where->settings.max_broadcast_size = 1'000;
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

  // The answer, and whether it came at once.
  std::pair<http_response, bool> posted(const std::string& body, const fields& more = {}) {
    http_request made{http::verb::post, "/_broadcast", 11};
    made.set(http::field::host, "localhost");
    for (const auto& [name, value] : more)
      made.insert(name, value);
    fly::join_lines(made);
    made.body() = body;
    late.reset();
    if (auto now = publish_body(*where, *socket, made, [this](http_response what) { late = std::move(what); })) {
      run();
      CAF_CHECK(!late);
      return {std::move(*now), true};
    }
    CAF_CHECK(!late);
    run();
    CAF_REQUIRE(late);
    return {std::move(*late), false};
  }

  std::string position(const std::string& body, const fields& more = {}) {
    const auto answer = posted(body, more).first;
    CAF_CHECK_EQUAL(answer.result_int(), 201u);
    return std::string{std::string_view{answer["Ability-Position"]}};
  }

  bool waits(const std::string& body, const fields& more = {}) { return !posted(body, more).second; }
};

struct automatic : fixture {
  automatic() : fixture{history_settings{}} {}
};

struct none : fixture {
  none() : fixture{{.broker = history_broker::none}} {}
};

const std::string one = R"({"stream":"a","data":"1"})";
const std::string two = R"([{"stream":"a","data":"1"},{"stream":"b","data":"1","meta":{"transient":true}}])";

}  // namespace

CAF_TEST_FIXTURE_SCOPE(memory_tests, fixture)

CAF_TEST(the position is told in a field) {
  const auto first = position(one);
  CAF_CHECK_EQUAL(matched(first, "[0-9a-f]{16}/1"), "yes");
  CAF_CHECK_EQUAL(position(one), first.substr(0, 17) + "2");
  CAF_CHECK_EQUAL(position(one, takes_json), first.substr(0, 17) + "3");
}

CAF_TEST(a publication under one key is published once) {
  const fields key{{"Idempotency-Key", "k"}};
  const auto first = position(one, key);
  CAF_CHECK_EQUAL(position(one, key), first);
  CAF_CHECK_EQUAL(position(R"({"stream":"a","data":"2","meta":{"id":"k"}})"), first);
  CAF_CHECK(position(one) != first);
  CAF_CHECK_EQUAL(matched(position(R"({"stream":"b","data":"2","meta":{"id":"k"}})"), "[0-9a-f]{16}/1"), "yes");
}

CAF_TEST(positions of a batch are told to those who take JSON) {
  const auto [silent, at_once] = posted(two);
  CAF_CHECK(at_once);
  CAF_CHECK_EQUAL(silent.body(), "");
  CAF_CHECK_EQUAL(silent.count("Ability-Position"), 0u);
  const auto [told, told_at_once] = posted(two, takes_json);
  CAF_CHECK(!told_at_once);
  CAF_CHECK_EQUAL(told.result_int(), 201u);
  CAF_CHECK_EQUAL(std::string_view{told[http::field::content_type]}, "application/json");
  CAF_CHECK_EQUAL(matched(told.body(), R"re(\["[0-9a-f]{16}/2",null\])re"), "yes");
  CAF_CHECK(told.has_content_length());
  CAF_CHECK_EQUAL(std::string{posted(two, {{"Accept", "*/*"}}).first.body()}, "");
}

CAF_TEST(elements of a batch have the key and their place as ids) {
  fields key = takes_json;
  key.emplace_back("Idempotency-Key", "k");
  const auto first = posted("[" + one + "," + one + "]", key).first.body();
  CAF_CHECK_EQUAL(std::string{posted("[" + one + "," + one + "]", key).first.body()}, first);
  CAF_CHECK_EQUAL(std::string{posted("[" + one + "]", key).first.body()}, first.substr(0, 21) + "]");
  CAF_CHECK_EQUAL("[\"" + position(R"({"stream":"a","data":"2","meta":{"id":"k#0"}})") + "\"]",
                  first.substr(0, 21) + "]");
  CAF_CHECK_EQUAL(where->home.counters.history_publications.get(), 2u);
}

CAF_TEST(what gets no position does not wait) {
  CAF_CHECK(waits(one));
  CAF_CHECK(!waits(two));
  CAF_CHECK(!waits(R"({"stream":"a","data":"1","meta":{"transient":true}})"));
  CAF_CHECK(waits(R"({"stream":"a","data":"1","meta":{"transient":true,"id":"x"}})"));
  CAF_CHECK(!waits(R"({"command":"disconnect","payload":{"identifier":"x"}})", {{"Idempotency-Key", "k"}}));
}

CAF_TEST(an id that is none is refused) {
  const auto answer = posted(R"([{"stream":"a","data":"1"},{"stream":"a","data":"1","meta":{"id":7}}])").first;
  CAF_CHECK_EQUAL(answer.result_int(), 422u);
  CAF_CHECK_EQUAL(
      answer.body(),
      "publication 1: \"id\" must be a string of 1 to 128 bytes without control characters, found a number\n");
  CAF_CHECK_EQUAL(where->home.counters.broadcasts.get(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(automatic_tests, automatic)

CAF_TEST(a publication to a stream without a log waits for nothing) {
  CAF_CHECK(!waits(one));
  CAF_CHECK_EQUAL(std::string{posted(two, takes_json).first.body()}, "[null,null]");
  CAF_CHECK(waits(one, {{"Idempotency-Key", "k"}}));
  CAF_CHECK_EQUAL(position(one, {{"Idempotency-Key", "k"}}), "");
  CAF_CHECK_EQUAL(where->home.counters.history_repeated.get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(none_tests, none)

CAF_TEST(without a broker nothing waits and repetitions are published) {
  const fields key{{"Idempotency-Key", "k"}};
  CAF_CHECK(!waits(one, key));
  CAF_CHECK(!waits(one, key));
  CAF_CHECK_EQUAL(where->home.counters.broadcasts.get(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
