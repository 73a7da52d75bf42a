// Labels: threads
#define CAF_SUITE fly_limits
#include <thread>

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct fixture : peer_fixture {
  wire to;

  std::string pings(int count, std::size_t size) {
    std::string all;
    const std::string buffer(size, 'p');
    for (int i = 0; i < count; ++i)
      append_packet(all, {subtype::ping, ping_option::ping, 0, 1, buffer});
    return all;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_limits_tests, fixture)

CAF_TEST(a storm of pings that nobody reads is bounded) {
  how.max_queued = 10'000;
  const auto server = make_engine();
  const auto there = against(to, server);
  own->hold = true;
  to.over->send(pings(1'000, 1'000));
  settle();
  CAF_CHECK(own->paused());
  CAF_CHECK(own->queued() > 10'000u);
  CAF_CHECK(own->queued() < 12'000u);
  CAF_CHECK(there.send_message(1, 1).error().is(error_code::too_many));
  ending<void> end;
  there.call<void>(1, 1, end);
  settle();
  CAF_CHECK(end.failed(error_code::too_many));
  own->hold = false;
  own->flush_soon();
  CAF_CHECK(run_until([&] { return to.got.size() == 1'000; }));
  CAF_CHECK(run_until([&] { return !own->paused(); }));
  CAF_CHECK(there.send_message(1, 1).has_value());
}

CAF_TEST(what is posted from other threads is bounded too) {
  how.max_queued = 10'000;
  const auto there = against(to, make_engine());
  outcome<void> last;
  int sent = 0;
  while ((last = there.send_message(1, raw{std::string(1'000, 'x')})) && sent < 1'000)
    ++sent;
  CAF_CHECK(last.has_error() && last.error().is(error_code::too_many));
  CAF_CHECK(sent < 11);
  settle();
  CAF_CHECK(there.send_message(1, 1).has_value());
}

CAF_TEST(calls that wait for a number are bounded) {
  how.max_queued = 100'000;
  const auto there = against(to, make_engine(), side::client);
  std::vector<ending<void>> ends(700);
  boost::asio::post(io, [&] {
    for (auto& each : ends)
      there.call<void>(1, raw{std::string(300, 'x')}, each);
  });
  settle();
  CAF_CHECK_EQUAL(to.got.size(), 256u);
  CAF_CHECK(!ends[300].there());
  CAF_CHECK(ends[699].failed(error_code::too_many));
}

CAF_TEST(reading pauses while too much waits for workers) {
  how.workers = 1;
  how.max_unhandled = 10'000;
  const auto server = make_engine();
  std::atomic<bool> go = false;
  std::atomic<int> handled = 0;
  on(server, 1, [&] {
    go.wait(false);
    ++handled;
  });
  against(to, server);
  for (int i = 0; i < 100; ++i)
    to.put({subtype::rpc, 0, 1, 1, std::string(1'000, 'x')});
  settle();
  CAF_CHECK(own->paused());
  CAF_CHECK_EQUAL(handled.load(), 0);
  go = true;
  go.notify_all();
  CAF_CHECK(run_until([&] { return handled == 100; }));
  CAF_CHECK(run_until([&] { return !own->paused(); }));
  CAF_CHECK(to.got.empty());
}

CAF_TEST(replies are read even while too much waits for workers) {
  how.workers = 1;
  how.max_unhandled = 10'000;
  const auto server = make_engine();
  std::atomic<bool> answered = false;
  on(server, 1, [&](context& c) { answered = c.call<int>(2, 1).has_value(); });
  on(server, 3, [] {});
  against(to, server);
  to.put({subtype::rpc, 0, 1, 1, ""});
  for (int i = 0; i < 100; ++i)
    to.put({subtype::rpc, 0, 3, 1, std::string(1'000, 'x')});
  const auto is_call = [](const kept_packet& each) { return each.command == 2; };
  CAF_CHECK(run_until([&] { return std::ranges::find_if(to.got, is_call) != to.got.end(); }));
  to.put({subtype::rpc, rpc_option::resp, 2, 1, "1"});
  CAF_CHECK(run_until([&] { return answered.load(); }));
  // Requests that arrived while the call was pending were refused instead of being read later.
  CAF_CHECK(run_until([&] { return !own->paused(); }));
}

CAF_TEST_FIXTURE_SCOPE_END()
