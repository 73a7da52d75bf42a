#define CAF_SUITE client_losses

#include "tests/apps_load/load_fixture.hpp"

using namespace ability::load;

namespace {

struct losses_fixture : load_fixture {
  losses_fixture() {
    clients("followers", 4, {{connect_step{}}, follows(), meets("all"), meets("end")});
    clients("publisher", 1, {meets("all"), publishes(20, 100), meets("end")});
    plan.grace = milliseconds{1'000};
  }

  // The third client loses its connection after its sixth message, and comes back about 50 ms later.
  void lose_one_that_returns() {
    plan.clients[0].when_lost = {true, {milliseconds{50}, milliseconds{50}}};
    begin();
    go_to(began + 59 * ms);
    net.cut(2, "gone");
  }

  void go_to_end() {
    go_until([this] { return directs->is_over(); });
    report = directs->report();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(client_losses_tests, losses_fixture)

CAF_TEST(what does not come is lost and is waited for as long as grace lasts) {
  net.deliveries = [](std::size_t client, const stamp& mark) {
    const bool drop = client == 1 && (mark.number == 3 || mark.number == 19);
    return drop ? std::vector<std::int64_t>{} : std::vector{latency_ns};
  };
  plan.assertions = {{tally::lost, 0, 0}};
  run();
  CAF_CHECK_EQUAL(total(tally::lost), 2u);
  CAF_CHECK_EQUAL(total(tally::delivered), 78u);
  CAF_CHECK(report.ended == outcome::failed);
  CAF_CHECK_GREATER_OR_EQUAL(net.time - began, 1'190 * ms);
}

CAF_TEST(who leaves long after what was published has lost what did not come) {
  plan.clients.clear();
  clients("leavers", 2, {{connect_step{}}, follows(), meets("all"), waits(3'000), {disconnect_step{}}});
  clients("publisher", 1, {meets("all"), publishes(20, 100)});
  net.deliveries = [](std::size_t client, const stamp&) {
    return client == 1 ? std::vector<std::int64_t>{} : std::vector{latency_ns};
  };
  run();
  CAF_CHECK_EQUAL(total(tally::delivered), 20u);
  CAF_CHECK_EQUAL(total(tally::lost), 20u);
}

CAF_TEST(what turns out to be refused after a client has left is no loss) {
  plan.clients.clear();
  clients("leaver", 1, {{connect_step{}}, follows(), meets("all"), waits(4'000), {disconnect_step{}}, waits(10'000)});
  clients("publisher", 1, {meets("all"), publishes(20, 100)});
  net.refuse_publication = [](const stamp&) { return "timed out"; };
  net.answer_ns = 6'000 * ms;
  run();
  CAF_CHECK_EQUAL(total(tally::refused), 20u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
}

CAF_TEST(who leaves at once or has paused has lost nothing) {
  plan.clients.clear();
  stall_step pause;
  pause.lasting = milliseconds{3'000};
  clients("leaver", 1, {{connect_step{}}, follows(), meets("all"), waits(500), {disconnect_step{}}});
  clients("sleeper", 1, {{connect_step{}}, follows(), meets("all"), {pause}, {disconnect_step{}}});
  clients("publisher", 1, {meets("all"), publishes(20, 100)});
  net.deliveries = [](std::size_t, const stamp&) { return std::vector<std::int64_t>{}; };
  run();
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
}

CAF_TEST(what is late but within grace is delivered and nobody waits longer) {
  plan.grace = milliseconds{60'000};
  net.deliveries = [](std::size_t client, const stamp& mark) {
    return std::vector<std::int64_t>{client == 1 && mark.number == 19 ? 500 * ms : latency_ns};
  };
  run();
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_EQUAL(total(tally::delivered), 80u);
  CAF_CHECK_LESS(net.time - began, 1'000 * ms);
}

CAF_TEST(repeats and disorder are counted) {
  net.deliveries = [](std::size_t client, const stamp& mark) -> std::vector<std::int64_t> {
    if (client == 0 && mark.number == 5)
      return {latency_ns, latency_ns, 100 * ms};
    if (client == 2 && mark.number == 7)
      return {25 * ms};
    return {latency_ns};
  };
  run();
  CAF_CHECK_EQUAL(total(tally::duplicates), 2u);
  CAF_CHECK_EQUAL(total(tally::out_of_order), 1u);
  CAF_CHECK_EQUAL(total(tally::delivered), 80u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
}

CAF_TEST(messages of others are told apart) {
  begin();
  go_to(began + 20 * ms);
  auto* const link = net.links_of(0).front();
  link->tell(
      {net.time,
       0,
       {},
       {{1, false, {}, "", ""}, {1, true, {.stream = 7}, "", ""}, {9, true, {}, "", ""}, {0, true, {}, "", ""}}});
  go_until([this] { return directs->is_over(); });
  CAF_CHECK_EQUAL(count_of(directs->report().total, tally::foreign), 4u);
  CAF_CHECK_EQUAL(count_of(directs->report().total, tally::delivered), 80u);
}

CAF_TEST(a client that is cut off and does not come back has failed and missed the rest) {
  begin();
  go_to(began + 106 * ms);
  const auto by_then = count_of(desks[0]->counts.total, tally::delivered);
  CAF_CHECK_EQUAL(by_then, 40u);
  net.cut(2, "disconnect: remote");
  go_to_end();
  CAF_CHECK_EQUAL(total(tally::disconnects), 1u);
  CAF_CHECK_EQUAL(total(tally::missed), 10u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_EQUAL(total(tally::delivered), 70u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 1u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 3u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["disconnect: remote"], 1u);
}

CAF_TEST(a client that comes back misses what was published meanwhile) {
  lose_one_that_returns();
  go_to_end();
  CAF_CHECK_EQUAL(total(tally::disconnects), 1u);
  CAF_CHECK_EQUAL(total(tally::connected), 5u);
  // Cut after the sixth message; back 54 ms later.
  CAF_CHECK_EQUAL(total(tally::missed), 5u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_EQUAL(total(tally::delivered) + total(tally::missed), 80u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 0u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 4u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["gone"], 1u);
}

CAF_TEST(a client that resumes gets what was published meanwhile) {
  net.history = true;
  lose_one_that_returns();
  go_to_end();
  CAF_CHECK_EQUAL(total(tally::resumed), 1u);
  CAF_CHECK_EQUAL(total(tally::delivered), 80u);
  CAF_CHECK_EQUAL(total(tally::lost) + total(tally::missed), 0u);
  CAF_CHECK_EQUAL(total(tally::duplicates) + total(tally::out_of_order), 0u);
}

CAF_TEST(a client that is refused history has lost what was published meanwhile) {
  net.history = false;
  lose_one_that_returns();
  go_to_end();
  CAF_CHECK_EQUAL(total(tally::resume_refused), 1u);
  CAF_CHECK_EQUAL(total(tally::lost), 5u);
  CAF_CHECK_EQUAL(total(tally::delivered), 75u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["history refused"], 1u);
}

CAF_TEST(a client that drops its connection by a step resumes) {
  net.history = true;
  plan.clients.clear();
  clients("one", 1,
          {{connect_step{}},
           follows(),
           meets("all"),
           waits(55),
           {reconnect_step{{milliseconds{50}, milliseconds{50}}}},
           waits(1'000)});
  clients("publisher", 1, {meets("all"), publishes(20, 100)});
  run();
  CAF_CHECK_EQUAL(total(tally::resumed), 1u);
  CAF_CHECK_EQUAL(total(tally::delivered), 20u);
  CAF_CHECK_EQUAL(total(tally::lost) + total(tally::duplicates), 0u);
}

CAF_TEST(a replay that repeats or leaves out is noticed) {
  net.history = true;
  lose_one_that_returns();
  go_to(began + 80 * ms);
  net.handed_in.erase(net.handed_in.begin() + 6);                     // left out of the replay
  net.handed_in.insert(net.handed_in.begin() + 7, net.handed_in[6]);  // replayed twice
  go_to_end();
  CAF_CHECK_EQUAL(total(tally::lost), 1u);
  CAF_CHECK_EQUAL(total(tally::duplicates), 1u);
}

CAF_TEST(attempts that fail are made anew with doubled delays) {
  plan.clients[0].count = 1;
  plan.clients[0].when_lost = {true, {milliseconds{100}, milliseconds{100}}};
  net.refuse_client = [this](std::size_t) { return net.connects < 5 ? "connection refused" : ""; };
  run();
  CAF_CHECK_EQUAL(total(tally::connect_failures), 4u);
  CAF_CHECK_EQUAL(total(tally::connected), 1u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 0u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["connection refused"], 1u);
  std::vector<std::int64_t> between;
  for (std::size_t i = 1; i < net.connected_at.size(); ++i)
    between.push_back((net.connected_at[i] - net.connected_at[i - 1] - latency_ns) / ms);
  const std::vector<std::int64_t> expected{200, 400, 800, 1'600};
  CAF_CHECK_EQUAL(between, expected);
}

CAF_TEST(who asks again to connect takes the place of one) {
  plan.clients.clear();
  auto& group =
      clients("all", 3, {{connect_step{}}, waits(4'000), {disconnect_step{}}, {connect_step{}}, waits(20'000)});
  group.at_once = 2;
  group.ramp = 1;
  group.when_lost = {true, {milliseconds{10}, milliseconds{10}}};
  std::size_t attempts_of_last = 0;
  net.refuse_client = [&attempts_of_last](std::size_t client) -> std::optional<std::string> {
    if (client == 1 || (client == 2 && attempts_of_last++ == 0))
      return std::nullopt;
    return "";
  };
  begin();
  go_to(began + 3'000 * ms);
  net.cut(0, "gone");  // it queues behind the two others, and again a second later
  go_to(began + 10'000 * ms);
  net.cut(1, "gone");
  net.cut(2, "gone");
  go_to(began + 12'000 * ms);
  CAF_CHECK_EQUAL(attempts_of_last, 2u);
  net.refuse_client = [](std::size_t) { return ""; };
  CAF_REQUIRE(go_until([this] { return directs->is_over(); }));
}

CAF_TEST(a delay of a minute is kept) {
  plan.clients[0].count = 1;
  plan.clients[0].when_lost = {true, {milliseconds{60'000}, milliseconds{60'000}}};
  net.refuse_client = [this](std::size_t) { return net.connects < 3 ? "connection refused" : ""; };
  run();
  CAF_REQUIRE_EQUAL(net.connected_at.size(), 3u);
  for (std::size_t i = 1; i < 3; ++i)
    CAF_CHECK_EQUAL(net.connected_at[i] - net.connected_at[i - 1] - latency_ns, 60'000 * ms);
}

CAF_TEST(a client that failed stays so when the run is interrupted) {
  plan.clients.clear();
  clients("both", 1, {{connect_step{}}, publishes(20, 100)});
  clients("other", 1, {waits(10'000)});
  net.answer_ns = 1'000 * ms;
  begin();
  go_to(began + 100 * ms);
  net.cut(0, "gone");  // it waits for its replies
  go_to(began + 200 * ms);
  directs->interrupt(net.time);
  CAF_REQUIRE(go_until([this] { return directs->is_over(); }));
  CAF_CHECK_EQUAL(count_of(directs->report().total, tally::failed_clients), 1u);
}

CAF_TEST(who reads no more does not after a reconnect either) {
  plan.clients.clear();
  auto& group = clients("never", 1, {{connect_step{}}, follows(), meets("all"), {stall_step{}}, waits(1'000)});
  group.when_lost = {true, {milliseconds{50}, milliseconds{50}}};
  clients("publisher", 1, {meets("all"), waits(500), publishes(10, 100)});
  begin();
  go_to(began + 100 * ms);
  for (auto* each : net.links_of(0)) {
    each->paused = false;  // a reset is reported even while paused
    each->tell({net.time, 0, {{link_event::kind::closed, 0, "connection reset"}}, {}});
  }
  go_to(began + 300 * ms);
  CAF_REQUIRE_EQUAL(net.links_of(0).size(), 1u);
  CAF_CHECK(net.links_of(0).front()->paused);
  CAF_REQUIRE(go_until([this] { return directs->is_over(); }));
  report = directs->report();
  CAF_CHECK_EQUAL(total(tally::delivered) + total(tally::lost) + total(tally::missed), 0u);
  CAF_CHECK_EQUAL(total(tally::connected), 2u);
}

CAF_TEST(refused clients are told by reason) {
  net.refuse_client = [](std::size_t client) { return client < 2 ? "HTTP 401" : client == 2 ? "HTTP 503" : ""; };
  run();
  CAF_CHECK_EQUAL(total(tally::connect_failures), 3u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 3u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["HTTP 401"], 2u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["HTTP 503"], 1u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 1u);
  CAF_CHECK_EQUAL(total(tally::delivered), 20u);
}

CAF_TEST(a client tells all that it met and while it goes on) {
  plan.limit = milliseconds{3'000};
  plan.clients[0].when_lost = {true, {milliseconds{100}, milliseconds{100}}};
  net.refuse_client = [](std::size_t client) { return client < 3 ? "connection refused" : ""; };
  begin();
  go_to(began + 1'500 * ms);
  CAF_REQUIRE_EQUAL(directs->report().groups.size(), 2u);
  CAF_CHECK_EQUAL(directs->report().groups[0].troubles["connection refused"], 3u);
  net.cut(3, "connection closed");
  go_to_end();
  const std::map<std::string, std::uint64_t> met{
      {"connection closed", 1}, {"connection refused", 3}, {"cut short by the limit", 4}};
  CAF_CHECK(report.groups[0].troubles == met);
  CAF_CHECK_EQUAL(report.groups[0].clients, 4u);
  CAF_CHECK_EQUAL(report.groups[1].clients, 1u);
}

CAF_TEST(a client tells eight different things at most) {
  plan.clients.clear();
  clients("unlucky", 1, {{connect_step{}}}).when_lost = {true, {milliseconds{1}, milliseconds{1}}};
  net.refuse_client = [this](std::size_t) {
    return net.connects < 20 ? "HTTP " + std::to_string(500 + net.connects) : "";
  };
  run();
  CAF_CHECK_EQUAL(total(tally::connect_failures), 19u);
  CAF_CHECK_EQUAL(report.groups[0].troubles.size(), 8u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["HTTP 507"], 1u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["something else"], 1u);
}

CAF_TEST(a server that says nothing ends the attempt) {
  net.refuse_client = [](std::size_t client) { return client == 0 ? std::nullopt : std::optional<std::string>{""}; };
  net.confirm = [](std::size_t client, const std::string&) {
    return client == 1 ? std::nullopt : std::optional<bool>{true};
  };
  run();
  CAF_CHECK_EQUAL(report.groups[0].troubles["no answer to the connect"], 1u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["no answer to a subscribe"], 1u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 2u);
  CAF_CHECK_EQUAL(total(tally::delivered), 40u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
}

CAF_TEST(rejected subscriptions are counted and the client goes on) {
  net.confirm = [](std::size_t client, const std::string&) { return client != 3; };
  run();
  CAF_CHECK_EQUAL(total(tally::rejected), 1u);
  CAF_CHECK_EQUAL(total(tally::subscribed), 3u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 4u);
  CAF_CHECK_EQUAL(report.groups[0].troubles["subscription rejected"], 1u);
  CAF_CHECK_EQUAL(total(tally::delivered), 60u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
