#define CAF_SUITE client_publishing

#include "tests/apps_load/load_fixture.hpp"

using namespace ability::load;

namespace {

struct publishing_fixture : load_fixture {
  publishing_fixture() { plan.grace = milliseconds{1'000}; }

  std::vector<std::int64_t> due_ms() const {
    std::vector<std::int64_t> all;
    for (const auto& each : net.handed_in)
      all.push_back((each.due_ns - began) / ms);
    return all;
  }
};

using times = std::vector<std::int64_t>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(client_publishing_tests, publishing_fixture)

CAF_TEST(a schedule is kept whatever the server does) {
  net.answer_ns = 35 * ms;
  clients("publisher", 1, {publishes(6, 100)});
  run();
  const times expected{0, 10, 20, 30, 40, 50};
  CAF_CHECK_EQUAL(due_ms(), expected);
  for (const auto& each : net.handed_in)
    CAF_CHECK_EQUAL(each.due_ns, each.sent_ns);
  CAF_CHECK_EQUAL(report.publish.min(), 35 * ms);
}

CAF_TEST(without a rate the next goes when the one before was answered) {
  net.answer_ns = 35 * ms;
  clients("publisher", 1, {publishes(4)});
  run();
  const times expected{0, 35, 70, 105};
  CAF_CHECK_EQUAL(due_ms(), expected);
}

CAF_TEST(batches go together and the last may be smaller) {
  clients("publisher", 1, {publishes(7, 100, 3)});
  run();
  const times expected{0, 0, 0, 30, 30, 30, 60};
  CAF_CHECK_EQUAL(due_ms(), expected);
  CAF_CHECK_EQUAL(total(tally::published), 7u);
  CAF_CHECK_EQUAL(report.publish.count(), 7u);
}

CAF_TEST(by time all is published that is due within it) {
  publish_step timed;
  timed.at = {200};
  timed.lasting = milliseconds{100};
  clients("publisher", 1, {{timed}});
  run();
  CAF_CHECK_EQUAL(total(tally::published), 20u);
}

CAF_TEST(publishers that begin together do not publish together) {
  clients("publishers", 10, {publishes(5, 10)});
  run();
  std::set<std::int64_t> first;
  for (std::size_t i = 0; i < 10; ++i)
    first.insert(net.handed_in[i].due_ns);
  CAF_CHECK_EQUAL(first.size(), 10u);
  CAF_CHECK_LESS(*first.rbegin() - began, 100 * ms);
}

CAF_TEST(what is due while too much is unanswered goes late and says so) {
  net.answer_ns = 500 * ms;
  clients("publisher", 1, {publishes(100, 1'000)});
  clients("follower", 1, {{connect_step{}}, follows(), waits(2'000)});
  run();
  // 32 leave in time; the others when replies arrive, at 500, 1,000 and 1,500 ms.
  CAF_CHECK_EQUAL(net.handed_in[31].sent_ns - began, 31 * ms);
  CAF_CHECK_EQUAL(net.handed_in[32].due_ns - began, 32 * ms);
  CAF_CHECK_EQUAL(net.handed_in[32].sent_ns - began, 500 * ms);
  CAF_CHECK_EQUAL(report.lateness.max(), 1'404 * ms);
  CAF_CHECK_EQUAL(report.lateness.count(), 100u);
  CAF_CHECK_EQUAL(total(tally::published), 100u);
  // Latency counts from the time that the message was due.
  CAF_CHECK_EQUAL(report.latency.max(), 1'404 * ms + latency_ns);
  CAF_CHECK_EQUAL(report.unhurried.max(), latency_ns);
}

CAF_TEST(refused publications are missed by nobody) {
  net.refuse_publication = [](const stamp& mark) { return mark.number % 5 == 2 ? "HTTP 503" : ""; };
  clients("followers", 3, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publisher", 1, {meets("all"), publishes(20, 100), meets("end")});
  run();
  CAF_CHECK_EQUAL(total(tally::refused), 4u);
  CAF_CHECK_EQUAL(total(tally::published), 16u);
  CAF_CHECK_EQUAL(total(tally::delivered), 48u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_EQUAL(report.groups[1].troubles["HTTP 503"], 1u);
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
}

CAF_TEST(what is never answered is refused in the end and the way in is made anew) {
  net.refuse_publication = [](const stamp& mark) {
    return mark.number == 1 ? std::nullopt : std::optional<std::string>{""};
  };
  clients("publisher", 1, {publishes(3)});
  run();
  CAF_CHECK_EQUAL(total(tally::refused), 1u);
  CAF_CHECK_EQUAL(total(tally::published), 2u);
  CAF_CHECK_EQUAL(net.publishers, 2u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["no answer to a publication"], 1u);
}

CAF_TEST(a target that stays silent is given up and what was left counts as refused) {
  net.refuse_publication = [](const stamp&) { return "timed out"; };
  net.answer_ns = 30'000 * ms;
  publish_step timed;
  timed.at = {100};
  timed.lasting = milliseconds{2'000};
  clients("by count", 1, {publishes(300, 100)});
  clients("by time", 1, {{timed}});
  run();
  CAF_CHECK_EQUAL(total(tally::refused), 500u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 2u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["gave up publishing: timed out"], 1u);
  CAF_CHECK_EQUAL(report.groups[1].troubles["gave up publishing: timed out"], 1u);
  CAF_CHECK_LESS(net.time - began, 100'000 * ms);
}

CAF_TEST(a target that answers now and then is not given up) {
  net.refuse_publication = [](const stamp& mark) { return mark.number % 3 == 2 ? "" : "timed out"; };
  clients("publisher", 1, {publishes(20)});
  run();
  CAF_CHECK_EQUAL(total(tally::published), 6u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 0u);
}

CAF_TEST(each takes the streams in turn) {
  plan.streams = {{"rooms", "room_{n}", 3}};
  clients("publisher", 1, {publishes(4, 100, 1, pick::each), publishes(2, 100, 1, pick::each)});
  run();
  std::vector<std::uint32_t> all;
  for (const auto& each : net.handed_in)
    all.push_back(each.stream);
  const std::vector<std::uint32_t> expected{0, 1, 2, 0, 1, 2};
  CAF_CHECK_EQUAL(all, expected);
}

CAF_TEST(a publisher that loses its connection waits for its answers first) {
  net.answer_ns = 300 * ms;
  clients("both", 1, {{connect_step{}}, publishes(20, 100)});
  begin();
  go_to(began + 100 * ms);
  net.cut(0, "gone");
  go_until([this] { return directs->is_over(); });
  report = directs->report();
  CAF_CHECK_EQUAL(total(tally::published), 10u);
  CAF_CHECK_EQUAL(total(tally::refused), 0u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
