#define CAF_SUITE fly_output
#include "net/fly/peer/outgoing_calls.hpp"
#include "net/fly/peer/packet_output.hpp"

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct quiet final : waiter {
  void done(outcome<payload>) override {}
  void refuse(remote_error) override {}
};

struct fixture : peer_fixture {
  wire to;
  terms now;
  int congestions = 0;
  std::optional<packet_output> out;
  std::optional<outgoing_calls> calls;

  void make(std::size_t most_waiting = 100) {
    const auto [ours, theirs] = memory_transport::make(io.get_executor());
    own = ours;
    to.over = theirs;
    to.start();
    out.emplace(ours, how, now, [this] { ++congestions; });
    calls.emplace(*out, now, most_waiting);
  }
  std::optional<remote_error> start(std::string bytes, std::chrono::milliseconds time = 10s, std::uint64_t id = 0) {
    call_table::call what{7, call_table::clock::now() + time, std::make_unique<quiet>()};
    what.who->id = id;
    auto refused = calls->start(what, {std::move(bytes)});
    CAF_CHECK_EQUAL(refused.has_value(), what.who != nullptr);
    return refused;
  }
  void take_all_numbers() {
    for (int i = 0; i < 256; ++i)
      start("");
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_output_tests, fixture)

CAF_TEST(a full queue is told once and is over at half of its bound) {
  how.max_queued = 100;
  make();
  own->hold = true;
  out->write({.buffer = std::string(90, 'x')});
  CAF_CHECK(!out->is_congested());
  CAF_CHECK(out->check_at() == call_table::never);
  out->write({.buffer = std::string(90, 'x')});
  out->write({.buffer = std::string(90, 'x')});
  CAF_CHECK_EQUAL(congestions, 1);
  CAF_CHECK(out->is_congested());
  out->check(out->check_at() - 1ms);
  CAF_CHECK(out->is_congested());
  const auto first = out->check_at();
  out->check(first);
  CAF_CHECK(out->is_congested());
  CAF_CHECK(out->check_at() > first);
  own->hold = false;
  own->flush_soon();
  settle();
  out->check(out->check_at());
  CAF_CHECK(!out->is_congested());
  CAF_CHECK(out->check_at() == call_table::never);
}

CAF_TEST(a reply that does not fit becomes an error and an error is cut) {
  now.limit = 20;
  make();
  out->write_reply(7, 1, std::optional{encoded{std::string(21, 'x')}});
  out->write_reply(7, 2, remote_error{error_code::forbidden, std::string(100, 'x')});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK(to.error(0).is(error_code::too_long));
  CAF_CHECK(to.error(1).is(error_code::forbidden));
  CAF_CHECK_EQUAL(to.got[1].bytes.size(), 20u);
}

CAF_TEST(nothing is written after the transport was released) {
  make();
  CAF_CHECK(out->release() != nullptr);
  CAF_CHECK(out->over() == nullptr);
  out->write({.buffer = "x"});
  out->write_reply(7, 1, remote_error{error_code::closed});
  settle();
  CAF_CHECK(to.got.empty());
}

CAF_TEST(calls wait for a number in order and within a bound) {
  make(10);
  take_all_numbers();
  CAF_CHECK(!start("first"));
  CAF_CHECK(!start("secon"));
  const auto refused = start("x");
  CAF_CHECK(refused && refused->is(error_code::too_many));
  settle();
  CAF_CHECK_EQUAL(to.got.size(), 256u);
  CAF_CHECK(calls->finish(7, 9) != nullptr);
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 257u);
  CAF_CHECK_EQUAL(to.got.back().bytes, "first");
  CAF_CHECK_EQUAL(int{to.got.back().sequence}, 9);
  CAF_CHECK_EQUAL(calls->active(), 256u);
  CAF_CHECK(!start("third"));
}

CAF_TEST(a waiting call is given up by its id and frees its bytes) {
  make(5);
  take_all_numbers();
  CAF_CHECK(!start("first", 10s, 42));
  CAF_CHECK(calls->give_up(43, call_table::never) == nullptr);
  CAF_CHECK(calls->give_up(42, call_table::never) != nullptr);
  CAF_CHECK(!start("secon"));
}

CAF_TEST(waiting calls time out too) {
  make();
  take_all_numbers();
  CAF_CHECK(!start("first", 1s));
  CAF_CHECK(calls->earliest() < call_table::clock::now() + 2s);
  CAF_CHECK_EQUAL(calls->expire(call_table::clock::now() + 2s, call_table::never).size(), 1u);
  CAF_CHECK(calls->earliest() > call_table::clock::now() + 2s);
  CAF_CHECK_EQUAL(calls->clear().size(), 256u);
  CAF_CHECK(calls->earliest() == call_table::never);
}

CAF_TEST(calls ask for an acknowledgement if that was agreed) {
  make();
  start("");
  now.acks = true;
  start("");
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK(!to.got[0].has(rpc_option::ack));
  CAF_CHECK(to.got[1].has(rpc_option::ack));
}

CAF_TEST_FIXTURE_SCOPE_END()
