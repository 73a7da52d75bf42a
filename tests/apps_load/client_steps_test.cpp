#define CAF_SUITE client_steps

#include "apps/load/clients/virtual_client.hpp"
#include "tests/apps_load/load_fixture.hpp"

using namespace ability::load;

CAF_TEST_FIXTURE_SCOPE(client_steps_tests, load_fixture)

CAF_TEST(followers get what is published once they have met) {
  clients("followers", 20, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publisher", 1, {meets("all"), publishes(50, 100), meets("end")});
  plan.assertions = {{tally::lost, 0, 0}, {tally::delivered, 1'000, 1'000}};
  run();
  CAF_CHECK(report.ended == outcome::passed);
  CAF_CHECK_EQUAL(total(tally::connected), 20u);
  CAF_CHECK_EQUAL(total(tally::subscribed), 20u);
  CAF_CHECK_EQUAL(total(tally::published), 50u);
  CAF_CHECK_EQUAL(total(tally::delivered), 1'000u);
  CAF_CHECK_EQUAL(total(tally::foreign) + total(tally::failed_clients), 0u);
  CAF_CHECK_EQUAL(report.latency.count(), 1'000u);
  CAF_CHECK_EQUAL(report.latency.min(), latency_ns);
  CAF_CHECK_EQUAL(report.latency.max(), latency_ns);
  CAF_CHECK_EQUAL(report.connect.count(), 20u);
  CAF_CHECK_EQUAL(report.connect.max(), latency_ns);
  CAF_CHECK_EQUAL(report.subscribe.max(), latency_ns);
  CAF_CHECK_EQUAL(report.publish.count(), 50u);
  CAF_CHECK_EQUAL(report.publish.max(), latency_ns);
  CAF_REQUIRE_EQUAL(report.groups.size(), 2u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 20u);
  CAF_CHECK(report.groups[0].troubles.empty());
  CAF_CHECK_EQUAL(report.bytes_received, 1'000u * 100 + 40 * 10);
}

CAF_TEST(own random and each pick streams) {
  plan.streams = {{"rooms", "room_{n}", 4}};
  clients("own", 5, {{connect_step{}}, follows(pick::own), waits(200)});
  clients("each", 1, {{connect_step{}}, follows(pick::each)});
  clients("random", 3, {{connect_step{}}, follows(pick::random), follows(pick::random)});
  begin();
  go_to(began + 100 * ms);
  std::vector<std::string> own;
  for (std::size_t i = 0; i < 5; ++i)
    own.push_back(net.links_of(i).front()->streams.begin()->second);
  const std::vector<std::string> expected{"room_0", "room_1", "room_2", "room_3", "room_0"};
  CAF_CHECK_EQUAL(own, expected);
  CAF_CHECK_EQUAL(net.links_of(5).front()->streams.size(), 4u);
  go_until([this] { return directs->is_over(); });
}

CAF_TEST(a stream is followed once by a channel) {
  plan.streams = {{"news", "news", 1}};
  clients("one", 1,
          {{connect_step{}}, follows(), follows(), {subscribe_step{{0, pick::own}, R"({"channel":"{stream}"})"}}});
  run();
  CAF_CHECK_EQUAL(total(tally::subscribed), 2u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 1u);
}

CAF_TEST(perform goes to the first subscription) {
  clients(
      "actors", 1,
      {{connect_step{}}, follows(), {repeat_step{3, std::nullopt, {{perform_step{R"({"action":"x"})"}}}}}, waits(10)});
  begin();
  go_to(began + 10 * ms);
  const auto all = net.links_of(0);
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_REQUIRE_EQUAL(all.front()->performed.size(), 3u);
  CAF_CHECK_EQUAL(all.front()->performed[0].first, 1u);
  CAF_CHECK_EQUAL(all.front()->performed[0].second, R"({"action":"x"})");
  go_until([this] { return directs->is_over(); });
  CAF_CHECK_EQUAL(count_of(directs->report().total, tally::performed), 3u);
}

CAF_TEST(perform waits for who has just come back) {
  auto& group = clients("actor", 1, {{connect_step{}}, follows(), waits(109), {perform_step{"{}"}}, waits(100)});
  group.when_lost = {true, {milliseconds{10}, milliseconds{10}}};
  begin();
  go_to(began + 100 * ms);
  net.cut(0, "gone");
  go_to(began + 113 * ms);
  CAF_REQUIRE_EQUAL(net.links_of(0).size(), 1u);
  CAF_CHECK(net.links_of(0).front()->streams.empty());
  go_until([this] { return directs->is_over(); });
  report = directs->report();
  CAF_CHECK_EQUAL(total(tally::performed), 1u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 0u);
}

CAF_TEST(a text that comes with the confirmation is met) {
  clients(
      "one", 1,
      {{connect_step{}}, follows(), {repeat_step{1, std::nullopt, {{expect_step{0, "hello", milliseconds{500}}}}}}});
  net.confirm = [](std::size_t, const std::string&) { return std::nullopt; };
  begin();
  go_to(began + 10 * ms);
  auto* const link = net.links_of(0).front();
  link->tell({net.time, 0, {{link_event::kind::confirmed, 1, ""}}, {{1, false, {}, link->texts ? "hello" : "", ""}}});
  go_until([this] { return directs->is_over(); });
  CAF_CHECK_EQUAL(count_of(directs->report().total, tally::unmet), 0u);
}

CAF_TEST(subscriptions beyond what a connection can have are rejected) {
  plan.streams = {{"rooms", "room_{n}", virtual_client::max_subscriptions + 5}};
  clients("greedy", 1, {{connect_step{}}, follows(pick::each)});
  run();
  CAF_CHECK_EQUAL(total(tally::subscribed), virtual_client::max_subscriptions);
  CAF_CHECK_EQUAL(total(tally::rejected), 5u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["more subscriptions than a connection can have"], 1u);
}

CAF_TEST(a step that cannot be done fails its client) {
  clients("no link", 2, {follows()});
  clients("no subscription", 1, {{connect_step{}}, {perform_step{"{}"}}});
  run();
  CAF_CHECK_EQUAL(total(tally::failed_clients), 3u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["subscribe without a connection"], 2u);
  CAF_CHECK_EQUAL(report.groups[1].troubles["perform without a subscription"], 1u);
  CAF_CHECK_EQUAL(report.groups[0].completed + report.groups[1].completed, 0u);
}

CAF_TEST(expect is met by messages or by a text and unmet when its time has passed) {
  const auto expects = [](std::size_t messages, std::string text) {
    return step{expect_step{messages, std::move(text), milliseconds{500}}};
  };
  clients("three", 1, {{connect_step{}}, follows(), meets("all"), expects(3, "")});
  clients("four", 1, {{connect_step{}}, follows(), meets("all"), expects(4, "")});
  clients("text", 1, {{connect_step{}}, follows(), meets("all"), expects(0, "@abc:")});
  clients("other text", 1, {{connect_step{}}, follows(), meets("all"), expects(0, "good bye")});
  clients("publisher", 1, {meets("all"), waits(1), publishes(3, 100)});
  run();
  CAF_CHECK_EQUAL(total(tally::unmet), 2u);
  CAF_CHECK_EQUAL(report.groups[0].troubles.size(), 0u);
  CAF_CHECK_EQUAL(report.groups[1].troubles["expected messages did not come"], 1u);
  CAF_CHECK_EQUAL(report.groups[2].troubles.size(), 0u);
  CAF_CHECK_EQUAL(report.groups[3].troubles["an expected text did not come"], 1u);
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 0u);
}

CAF_TEST(waits are drawn from their range) {
  clients("many", 50, {waits(100, 300), {connect_step{}}});
  run();
  CAF_REQUIRE_EQUAL(net.connected_at.size(), 50u);
  CAF_CHECK_GREATER_OR_EQUAL(net.connected_at.front(), began + 100 * ms);
  CAF_CHECK_LESS_OR_EQUAL(net.connected_at.back(), began + 300 * ms);
  CAF_CHECK_GREATER(net.connected_at.back() - net.connected_at.front(), 100 * ms);
}

CAF_TEST(steps are repeated by count and by time and within each other) {
  const auto connect_and_go = std::vector<step>{{connect_step{}}, {disconnect_step{}}};
  clients("counted", 1, {{repeat_step{3, std::nullopt, {{repeat_step{2, std::nullopt, connect_and_go}}}}}});
  run();
  CAF_CHECK_EQUAL(total(tally::connected), 6u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 1u);
}

CAF_TEST(steps are repeated as long as their time has not passed) {
  clients("timed", 1,
          {{repeat_step{std::nullopt, milliseconds{95}, {{connect_step{}}, {disconnect_step{}}, waits(8)}}}});
  run();
  // Each round takes 2 ms to connect and 8 ms to wait.
  CAF_CHECK_EQUAL(total(tally::connected), 10u);
}

CAF_TEST(rounds that take no time end with their time all the same) {
  clients("busy", 1,
          {{connect_step{}}, follows(), {repeat_step{std::nullopt, milliseconds{50}, {{perform_step{"{}"}}}}}});
  begin();
  // Only this loop advances the virtual clock.
  std::size_t turns = 0;
  while (!directs->is_over() && turns < 100'000) {
    ++turns;
    if (!sched.try_run_once()) {
      if (!told.empty()) {
        directs->on_news(0, told.front().second, net.time);
        told.pop_front();
      } else {
        directs->on_time(net.time);
        net.step();
      }
    } else if (net.links_of(0).size() == 1 && !net.links_of(0).front()->performed.empty()) {
      net.time += ms;
    }
  }
  CAF_CHECK(directs->is_over());
  CAF_CHECK_GREATER(count_of(directs->report().total, tally::performed), 50u);
}

CAF_TEST(meets take place each round and do without those who have ended) {
  clients("twice", 2, {{repeat_step{2, std::nullopt, {waits(10), meets("all")}}}});
  clients("slow", 1, {waits(100), meets("all"), waits(100), meets("all"), {connect_step{}}});
  clients("dies", 1, {waits(50), {connect_step{}}, meets("all")});
  net.refuse_client = [](std::size_t client) { return client == 3 ? "no" : ""; };
  run();
  CAF_CHECK_EQUAL(net.connected_at.back(), began + 200 * ms);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 1u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 2u);
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
}

CAF_TEST(one who has done its steps is not waited for) {
  clients("once", 3, {meets("all")});
  clients("five times", 1, {{repeat_step{5, std::nullopt, {meets("all")}}}});
  run();
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
}

CAF_TEST(one who stalls gets all later and one who never reads again is not said to lose anything) {
  clients("slow", 1, {{connect_step{}}, follows(), meets("all"), {stall_step{milliseconds{1'000}}}, meets("end")});
  clients("never", 1, {{connect_step{}}, follows(), meets("all"), {stall_step{}}, meets("end")});
  clients("publisher", 1, {meets("all"), waits(10), publishes(10, 100), meets("end")});
  run();
  CAF_CHECK_EQUAL(total(tally::delivered), 10u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_GREATER(report.latency.max(), 900 * ms);
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
}

CAF_TEST(reconnect comes back after a time and follows what it followed) {
  clients("one", 1,
          {{connect_step{}},
           follows(),
           meets("all"),
           waits(45),
           {reconnect_step{{milliseconds{100}, milliseconds{100}}}},
           waits(100)});
  clients("publisher", 1, {meets("all"), publishes(30, 100)});
  run();
  CAF_CHECK_EQUAL(total(tally::connected), 2u);
  CAF_CHECK_EQUAL(total(tally::subscribed), 2u);
  CAF_CHECK_EQUAL(total(tally::disconnects), 0u);
  CAF_CHECK_EQUAL(total(tally::lost) + total(tally::missed) + total(tally::duplicates), 0u);
  // 5 arrive before the client disconnects, and those from 150 ms on after.
  CAF_CHECK_EQUAL(total(tally::delivered), 5u + 15u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 1u);
}

CAF_TEST(who disconnects follows nothing and connects anew) {
  clients("one", 1,
          {{connect_step{}},
           follows(),
           meets("all"),
           waits(30),
           {disconnect_step{}},
           waits(100),
           {connect_step{}},
           waits(500)});
  clients("publisher", 1, {meets("all"), publishes(30, 100)});
  run();
  CAF_CHECK_EQUAL(total(tally::connected), 2u);
  CAF_CHECK_EQUAL(total(tally::subscribed), 1u);
  CAF_CHECK_EQUAL(total(tally::delivered), 3u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
