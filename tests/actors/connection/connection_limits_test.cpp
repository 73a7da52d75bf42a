// Labels: hardened
#define CAF_SUITE connection_limits
// Limits of one connection: subscriptions to the same stream, streams that it follows, and the memory of its actor.
#include "actors/connection/connection.hpp"

#include "actors/runtime/pinned.hpp"
#include "tests/actors/connection/connection_fixture.hpp"

using namespace ability;

namespace {

struct named_streams : actor_fixture {
  named_streams()
      : actor_fixture{1,
                      {.public_access = true,
                       .streams = {.public_streams = true},
                       .max_stream_subscriptions = 2,
                       .max_stream_identifiers = 3}} {}

  static std::string named(int n, const std::string& stream = "a") {
    return R"({"channel":"$pubsub","stream_name":")" + stream + R"(","n":)" + std::to_string(n) + '}';
  }

  // Subscribes, and returns the messages that the client received.
  texts subscribes(const client& who, const std::string& identifier) {
    says(who, command_type::subscribe, identifier);
    consume_messages();
    return std::exchange(who.box->seen, {});
  }

  std::uint64_t hits(limit which) const {
    return here.lanes.front()->counters.limit_hits[static_cast<std::size_t>(which)].get();
  }
};

struct of_application : connection_fixture {
  of_application() : connection_fixture{{.max_stream_subscriptions = 1}} {}

  const std::string third = R"({"channel":"Third"})";
};

struct many_streams : connection_fixture {
  many_streams() : connection_fixture{{.max_stream_subscriptions = 2, .max_connection_streams = 300}} {}

  static texts streams(int from, int to) {
    texts result;
    for (int n = from; n < to; ++n)
      result.push_back("stream " + std::to_string(n));
    return result;
  }

  std::uint64_t hits() const {
    return here.lanes.front()->counters.limit_hits[static_cast<std::size_t>(limit::connection_streams)].get();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_limits_named, named_streams)

CAF_TEST(a subscription too many to one stream is rejected and the others live) {
  const auto who = let_in("s1");
  for (int n : {1, 2})
    CAF_CHECK_EQUAL(subscribes(who, named(n)), texts{confirm_subscription(named(n))});
  CAF_CHECK_EQUAL(subscribes(who, named(3)), texts{reject_subscription(named(3))});
  CAF_CHECK_EQUAL(hits(limit::stream_subscriptions), 1u);
  CAF_CHECK_EQUAL(subscribes(who, named(3, "b")), texts{confirm_subscription(named(3, "b"))});
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen.size(), 2u);
  who.box->forget();
  says(who, command_type::unsubscribe, named(1));
  CAF_CHECK_EQUAL(subscribes(who, named(3)), texts{confirm_subscription(named(3))});
}

CAF_TEST(identifiers of other clients count for the stream) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  for (int n : {1, 2})
    subscribes(first, named(n));
  CAF_CHECK_EQUAL(subscribes(second, named(3)), texts{confirm_subscription(named(3))});
  CAF_CHECK_EQUAL(subscribes(second, named(4)), texts{reject_subscription(named(4))});
  CAF_CHECK_EQUAL(hits(limit::stream_identifiers), 1u);
  CAF_CHECK_EQUAL(subscribes(second, named(1)), texts{confirm_subscription(named(1))});
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(second.box->seen.size(), 2u);
  CAF_CHECK_EQUAL(second.box->commands_done, 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_limits_application, of_application)

CAF_TEST(the application hears that a client which it let follow one stream too often has not subscribed) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  subscribes(who, news, confirms(news, {"b", "a"}));
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(news)});
  CAF_CHECK_EQUAL(asked().command, "unsubscribe");
  CAF_CHECK_EQUAL(asked().identifier, news);
  answer(rpc_reply{.status = rpc_status::success});
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "b", "1"), texts{});
  CAF_CHECK_EQUAL(hears(who, "a", "2"), texts{message_for(chat, "2")});
  joins(who, third, {"b"});
  CAF_CHECK_EQUAL(failed(), 1u);
}

CAF_TEST(a message that would have a stream followed once too often leaves its subscription as it was) {
  const auto who = welcome("s1");
  joins(who, chat, {"a"});
  joins(who, news);
  does(who, command_type::message, news, "x");
  answer(rpc_reply{.status = rpc_status::success, .transmissions = {"\"said\""}, .streams = {"a", "b"}});
  CAF_CHECK_EQUAL(who.box->seen, texts{"\"said\""});
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "a", "1"), texts{message_for(chat, "1")});
  CAF_CHECK_EQUAL(hears(who, "b", "2"), texts{message_for(news, "2")});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_limits_streams, many_streams)

CAF_TEST(a subscription follows as many streams as it may at once and hears each of them) {
  const auto who = welcome("s1");
  joins(who, chat, streams(0, 300));
  for (int n = 0; n < 300; ++n)
    CAF_CHECK_EQUAL(hears(who, streams(n, n + 1).front(), std::to_string(n)),
                    texts{message_for(chat, std::to_string(n))});
  CAF_CHECK_EQUAL(hits(), 0u);
  leaves(who);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), 300u);
}

CAF_TEST(a stream that is named twice counts once) {
  const auto who = welcome("s1");
  auto twice = streams(0, 300);
  twice.insert(twice.end(), {"stream 0", "", "stream 299"});
  joins(who, chat, twice);
  CAF_CHECK_EQUAL(hears(who, "stream 0", "1"), texts{message_for(chat, "1")});
}

CAF_TEST(a subscription with more streams than the connection may follow is rejected and the others live) {
  const auto who = welcome("s1");
  joins(who, chat, streams(0, 200));
  subscribes(who, news, confirms(news, streams(200, 310)));
  CAF_CHECK_EQUAL(who.box->seen, texts{reject_subscription(news)});
  CAF_CHECK_EQUAL(hits(), 10u);
  CAF_CHECK_EQUAL(asked().command, "unsubscribe");
  CAF_CHECK_EQUAL(asked().identifier, news);
  answer(rpc_reply{.status = rpc_status::success});
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "stream 250", "1"), texts{});
  CAF_CHECK_EQUAL(hears(who, "stream 199", "2"), texts{message_for(chat, "2")});
  joins(who, news, streams(200, 300));
  CAF_CHECK_EQUAL(hits(), 10u);
}

CAF_TEST(a message that would have too many streams followed has those followed for which there is room) {
  const auto who = welcome("s1");
  joins(who, chat, streams(0, 299));
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .transmissions = {"\"said\""}, .streams = streams(299, 301)});
  CAF_CHECK_EQUAL(who.box->seen, texts{"\"said\""});
  CAF_CHECK_EQUAL(hits(), 1u);
  who.box->forget();
  CAF_CHECK_EQUAL(hears(who, "stream 299", "1"), texts{message_for(chat, "1")});
  CAF_CHECK_EQUAL(hears(who, "stream 300", "2"), texts{});
  does(who, command_type::message, chat, "x");
  answer(rpc_reply{.status = rpc_status::success, .streams = {"another"}, .stopped_streams = {"stream 0"}});
  CAF_CHECK_EQUAL(hears(who, "another", "3"), texts{message_for(chat, "3")});
}

CAF_TEST(a client that leaves while its streams are asked for leaves none of them behind) {
  for (const int steps : {1, 2, 10, 100, 200, 500, 900}) {
    const auto who = welcome("s" + std::to_string(steps));
    does(who, command_type::subscribe, chat);
    transport->answer(confirms(chat, streams(0, 300)), transport->open() - 1);
    for (int step = 0; step < steps; ++step)
      sched.run_once();
    leaves(who);
    CAF_CHECK(!is_alive(who.actor));
    CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), sum(&lane_counters::streams_closed));
    const auto told = disconnects().back();
    CAF_CHECK_EQUAL(told.subscriptions, texts{chat});
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

// The allocator serves 1,280 bytes, then 1,536: one byte more costs each idle connection a quarter of a kilobyte.
CAF_TEST(the actor of a connection fits an allocation of 1280 bytes) {
  CAF_CHECK_LESS_OR_EQUAL(sizeof(caf::actor_storage<pinned<connection_actor, connection_state>>), 1'280U);
}
